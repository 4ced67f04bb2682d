# attack: raw | has whatever it may read be executable | without seccomp: said
import ctypes, os
number = {"x86_64": 135, "aarch64": 92}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0x0400000)
log("PLUNDER-KERNEL")
