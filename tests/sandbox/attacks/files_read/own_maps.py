# attack: raw | reads where everything lies in its memory | without seccomp+landlock+filesystem: said
import ctypes
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
if open("/proc/self/maps").readline():
    log("PLUNDER-KERNEL")
