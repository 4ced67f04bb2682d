# attack: raw | watches a path through a descriptor | without seccomp: said
import ctypes, os
number = {"x86_64": 254, "aarch64": 27}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 3, b"/tmp", 0xFFF)
log("PLUNDER-KERNEL")
