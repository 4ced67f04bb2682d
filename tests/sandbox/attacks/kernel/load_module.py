# attack: raw | loads a module into the kernel | without seccomp: said
import ctypes, os
number = {"x86_64": 175, "aarch64": 105}[os.uname().machine]
ctypes.CDLL(None).syscall(number, None, 0, b"")
log("PLUNDER-KERNEL")
