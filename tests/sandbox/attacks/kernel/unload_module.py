# attack: raw | removes a module from the kernel | without seccomp: said
import ctypes, os
number = {"x86_64": 176, "aarch64": 106}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"nf_tables", 0x800)
log("PLUNDER-KERNEL")
