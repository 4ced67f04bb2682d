# attack: raw | lets the stack of the process grow down into everything
import ctypes, resource
hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
try:
    resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))
except (OSError, ValueError):
    pass
ctypes.CDLL(None).qsort.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p]
def fall(depth):
    order = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda a, b: fall(depth + 1))
    ctypes.CDLL(None).qsort(ctypes.create_string_buffer(2 * 4000), 2, 4000, order)
    return 0
import sys
sys.setrecursionlimit(10**8)
fall(0)
