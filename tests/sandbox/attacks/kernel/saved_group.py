# attack: raw | makes every one of its group numbers root's | without seccomp: said
import ctypes, os
number = {"x86_64": 119, "aarch64": 149}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 0, 0)
log("PLUNDER-KERNEL")
