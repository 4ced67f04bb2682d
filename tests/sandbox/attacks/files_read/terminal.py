# attack: raw | opens the terminal it might have | without seccomp+landlock+filesystem: said
import os
try:
    os.open("/dev/tty", os.O_RDWR)
except PermissionError:
    raise
except OSError as fault:
    if fault.errno != 2:
        log("PLUNDER-DEVICE")
