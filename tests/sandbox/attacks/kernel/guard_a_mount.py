# attack: raw | marks a mount to be guarded | without seccomp: said
import ctypes, os
number = {"x86_64": 301, "aarch64": 263}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 3, 1, ctypes.c_long(0x20), -100, b"/")
log("PLUNDER-KERNEL")
