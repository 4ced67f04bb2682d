# attack: raw | looks at who shares its core | without seccomp: said
import ctypes, os
number = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 62, 0, 0, 0, ctypes.byref(ctypes.c_ulong()))
log("PLUNDER-KERNEL")
