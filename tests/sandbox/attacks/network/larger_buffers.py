# attack: raw | enlarges the broker's buffers | without seccomp: said
import ctypes
ctypes.CDLL(None).setsockopt(BROKER_FD, 1, 7, ctypes.byref(ctypes.c_int(1 << 30)), 4)
log("PLUNDER-NETWORK")
