# attack: raw | makes a POSIX message queue | without seccomp: said
import ctypes, os
number = {"x86_64": 240, "aarch64": 180}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"plunder", 0o102, 0o666, None)
log("PLUNDER-KERNEL")
