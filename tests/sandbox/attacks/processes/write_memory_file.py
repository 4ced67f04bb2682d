# attack: raw | writes into its parent's memory through its file | without seccomp+landlock+filesystem: said
import ctypes, os
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
try:
    open(f"/proc/{os.getppid()}/mem", "r+b")
except PermissionError:
    pass
file = open("/proc/self/mem", "r+b", buffering=0)
log("PLUNDER-PROCESS")
