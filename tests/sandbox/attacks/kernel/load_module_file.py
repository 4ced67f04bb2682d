# attack: raw | loads a module into the kernel from a file | without seccomp: said
import ctypes, os
number = {"x86_64": 313, "aarch64": 273}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, b"", 0)
log("PLUNDER-KERNEL")
