# attack: raw x86-64 | enters the kernel through the page of virtual calls | without seccomp: said
import ctypes
getcpu = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
getcpu(0xFFFFFFFFFF600800)(None, None, None)
log("PLUNDER-KERNEL")
