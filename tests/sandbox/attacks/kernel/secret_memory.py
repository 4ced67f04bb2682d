# attack: raw | makes memory that nobody else can look at | without seccomp: said
import ctypes, os
number = {"x86_64": 447, "aarch64": 447}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0)
log("PLUNDER-KERNEL")
