# attack: raw | seizes another run as a debugger | without seccomp: said
import ctypes
ctypes.CDLL(None).ptrace(0x4206, params["neighbour"], 0, 0)
log("PLUNDER-PROCESS")
