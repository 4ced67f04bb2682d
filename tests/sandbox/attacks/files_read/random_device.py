# attack: raw | opens a device | without seccomp+landlock+filesystem: said
import os
if os.read(os.open("/dev/urandom", os.O_RDONLY), 4):
    log("PLUNDER-DEVICE")
