# attack: raw | moves the program break until it gives | without memory_limit: said
import ctypes
libc = ctypes.CDLL(None)
libc.sbrk.restype = ctypes.c_void_p
moved = 0
while libc.sbrk(ctypes.c_long(1 << 24)) != ctypes.c_void_p(-1).value and moved < 400:
    moved += 1
if moved >= 400:
    log("PLUNDER-MEMORY")
