# attack: raw | lets one mapping grow instead of asking for another | without memory_limit: said
import ctypes, mmap
libc = ctypes.CDLL(None)
libc.mremap.restype = libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
start, size = libc.mmap(None, 1 << 20, 3, 0x22, -1, 0), 1 << 20
while start not in (None, 2**64 - 1) and size < 1 << 28:
    ctypes.memset(start, 1, size)
    start, size = libc.mremap(start, size, size * 2, 1), size * 2
if size >= 1 << 28:
    log("PLUNDER-" + "MAPPING")
