# attack: raw | changes its root folder | without seccomp: said
import ctypes, os
number = {"x86_64": 161, "aarch64": 51}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"/")
log("PLUNDER-KERNEL")
