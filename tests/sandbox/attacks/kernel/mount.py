# attack: raw | mounts a file system | without seccomp: said
import ctypes, os
number = {"x86_64": 165, "aarch64": 40}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"none", b"/tmp", b"tmpfs", 0, None)
log("PLUNDER-KERNEL")
