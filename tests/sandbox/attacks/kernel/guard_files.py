# attack: raw | guards every file of a disk | without seccomp: said
import ctypes, os
number = {"x86_64": 300, "aarch64": 262}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 0)
log("PLUNDER-KERNEL")
