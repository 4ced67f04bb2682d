# attack: raw | joins the groups of disks and memory | without seccomp: said
import ctypes, os
number = {"x86_64": 116, "aarch64": 159}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 1, ctypes.byref(ctypes.c_uint(6)))
log("PLUNDER-KERNEL")
