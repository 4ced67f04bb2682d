# attack: raw | mounts a prepared file system | without seccomp: said
import ctypes, os
number = {"x86_64": 432, "aarch64": 432}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 0, 0)
log("PLUNDER-KERNEL")
