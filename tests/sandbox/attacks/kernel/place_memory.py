# attack: raw | chooses the memory's place | without seccomp: said
import ctypes, os
number = {"x86_64": 237, "aarch64": 235}[os.uname().machine]
ctypes.CDLL(None).syscall(number, None, ctypes.c_size_t(0), 0, None, ctypes.c_ulong(0), 0)
log("PLUNDER-KERNEL")
