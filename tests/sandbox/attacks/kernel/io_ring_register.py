# attack: raw | registers buffers with a ring | without seccomp: said
import ctypes, os
number = {"x86_64": 427, "aarch64": 427}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 3, 0, None, 0)
log("PLUNDER-KERNEL")
