# attack: raw | has every process written down | without seccomp: said
import ctypes, os
number = {"x86_64": 163, "aarch64": 89}[os.uname().machine]
ctypes.CDLL(None).syscall(number, None)
log("PLUNDER-KERNEL")
