# attack: raw | compares the kernel's own addresses | without seccomp: said
import ctypes, os
here = os.getpid()
number = {"x86_64": 312, "aarch64": 272}[os.uname().machine]
ctypes.CDLL(None).syscall(number, here, here, 1, 0, 0)
log("PLUNDER-KERNEL")
