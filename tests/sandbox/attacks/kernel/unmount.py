# attack: raw | unmounts the root | without seccomp: said
import ctypes, os
number = {"x86_64": 166, "aarch64": 39}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"/", 2)
log("PLUNDER-KERNEL")
