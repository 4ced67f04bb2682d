# attack: raw | configures a file system | without seccomp: said
import ctypes, os
number = {"x86_64": 431, "aarch64": 431}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 6, None, None, 0)
log("PLUNDER-KERNEL")
