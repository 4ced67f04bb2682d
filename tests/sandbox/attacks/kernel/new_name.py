# attack: raw | hides behind another process name | without seccomp: said
import ctypes, os
number = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 15, b"sshd", 0, 0, 0)
log("PLUNDER-KERNEL")
