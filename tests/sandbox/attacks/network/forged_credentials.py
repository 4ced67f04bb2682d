# attack: raw | asks the broker's socket who is on the other side | without seccomp: said
import ctypes
answer = ctypes.create_string_buffer(12)
ctypes.CDLL(None).getsockopt(BROKER_FD, 1, 17, answer, ctypes.byref(ctypes.c_uint(12)))
log("PLUNDER-NETWORK")
