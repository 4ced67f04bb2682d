# attack: raw | changes what being root means | without seccomp: said
import ctypes, os
number = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 28, 0, 0, 0, 0)
log("PLUNDER-KERNEL")
