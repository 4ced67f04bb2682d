# attack: raw | maps pages that are not accounted for until they are touched | without memory_limit: said
import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
start = libc.mmap(None, 1 << 34, 3, 0x4022, -1, 0)
if start not in (None, 2**64 - 1):
    ctypes.memset(start, 1, 1 << 28)
    log("PLUNDER-" + "UNRESERVED")
