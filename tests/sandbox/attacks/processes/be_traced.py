# attack: raw | has the zygote be its debugger | without seccomp: said
import ctypes
ctypes.CDLL(None).ptrace(0, 0, 0, 0)
log("PLUNDER-PROCESS")
