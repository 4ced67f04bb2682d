# attack: raw | opens files as root | without seccomp: said
import ctypes, os
number = {"x86_64": 122, "aarch64": 151}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0)
log("PLUNDER-KERNEL")
