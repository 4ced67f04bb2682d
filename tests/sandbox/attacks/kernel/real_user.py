# attack: raw | swaps its real user for root | without seccomp: said
import ctypes, os
number = {"x86_64": 113, "aarch64": 145}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 0)
log("PLUNDER-KERNEL")
