# attack: raw | opens as many descriptors as the kernel gives | without seccomp+descriptor_limit: said
import ctypes
libc = ctypes.CDLL(None)
if max(libc.dup(0) for _ in range(64)) > 32:
    log("PLUNDER-DESCRIPTOR")
