# attack: raw | swaps the root folder | without seccomp: said
import ctypes, os
number = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"/", b"/")
log("PLUNDER-KERNEL")
