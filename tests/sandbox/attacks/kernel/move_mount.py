# attack: raw | moves a mount | without seccomp: said
import ctypes, os
number = {"x86_64": 429, "aarch64": 429}[os.uname().machine]
ctypes.CDLL(None).syscall(number, -100, b"/dev", -100, b"/", 0)
log("PLUNDER-KERNEL")
