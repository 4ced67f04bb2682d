# attack: raw | switches off that addresses are random | without seccomp: said
import ctypes, os
number = {"x86_64": 135, "aarch64": 92}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0x0040000)
log("PLUNDER-KERNEL")
