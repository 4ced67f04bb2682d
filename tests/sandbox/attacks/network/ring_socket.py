# attack: raw | opens a socket through a ring | without seccomp: said
import ctypes
ring = ctypes.CDLL(None).syscall(425, 4, ctypes.create_string_buffer(120))
# A kernel may have its rings switched off; that it answered is what must not happen.
log("PLUNDER-NETWORK", ring)
