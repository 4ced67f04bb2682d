# attack: raw | swaps to a file | without seccomp: said
import ctypes, os
number = {"x86_64": 167, "aarch64": 224}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"/tmp/swap", 0)
log("PLUNDER-KERNEL")
