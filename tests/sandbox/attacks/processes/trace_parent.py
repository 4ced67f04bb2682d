# attack: raw | attaches to the zygote as a debugger | without seccomp: said
import ctypes, os
ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)
log("PLUNDER-PROCESS")
