# attack: raw | opens a session keyring | without seccomp: said
import ctypes, os
number = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 1, None, 0, 0, 0)
log("PLUNDER-KERNEL")
