# attack: raw | removes another's message queue | without seccomp: said
import ctypes, os
number = {"x86_64": 241, "aarch64": 181}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"plunder")
log("PLUNDER-KERNEL")
