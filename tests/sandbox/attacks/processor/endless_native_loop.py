# attack: raw | loops in a library without ever holding the interpreter's lock
import ctypes
libc = ctypes.CDLL(None)
compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda a, b: 1)
while True:
    libc.qsort(ctypes.create_string_buffer(100_000), 100_000, 1, compare)
