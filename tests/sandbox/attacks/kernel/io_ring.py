# attack: raw | sets up a ring for input and output | without seccomp: said
import ctypes, os
number = {"x86_64": 425, "aarch64": 425}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 8, ctypes.create_string_buffer(120))
log("PLUNDER-KERNEL")
