# attack: raw | goes to another folder | without seccomp: said
import ctypes, os
number = {"x86_64": 80, "aarch64": 49}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"/")
log("PLUNDER-KERNEL")
