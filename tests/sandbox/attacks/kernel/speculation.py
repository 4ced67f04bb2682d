# attack: raw | switches protection against speculation off | without seccomp: said
import ctypes, os
number = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 53, 0, 2, 0, 0)
log("PLUNDER-KERNEL")
