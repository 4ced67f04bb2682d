# attack: raw | asks the C library for the environment | without clean_environment: said
import ctypes
libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p
log((libc.getenv(b"PLUNDER_VARIABLE") or b"nothing").decode())
