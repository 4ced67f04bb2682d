# attack: raw | has the dynamic linker open a planted file | without seccomp+landlock+filesystem: said
import ctypes
try:
    ctypes.CDLL(params["secret"])
except OSError as fault:
    # The linker says what is wrong with a file only when it could read it.
    if "short" in str(fault) or "ELF" in str(fault):
        log("PLUNDER-" + "FILE")
