# attack: raw | changes the mode of files to come | without seccomp: said
import ctypes, os
number = {"x86_64": 95, "aarch64": 166}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0)
log("PLUNDER-KERNEL")
