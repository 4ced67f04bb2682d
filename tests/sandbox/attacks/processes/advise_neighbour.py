# attack: raw | has another run's memory thrown out | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(440, 0, None, ctypes.c_size_t(0), 20, 0)
log("PLUNDER-PROCESS")
