# attack: raw | adds an allowance to the rules it lives under | without seccomp: said
import ctypes, os
number = {"x86_64": 445, "aarch64": 445}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 4, 1, ctypes.create_string_buffer(16), 0)
log("PLUNDER-KERNEL")
