# attack: raw | reads signals from a descriptor | without seccomp: said
import ctypes, os
number = {"x86_64": 289, "aarch64": 74}[os.uname().machine]
ctypes.CDLL(None).syscall(number, -1, ctypes.create_string_buffer(8), ctypes.c_size_t(8), 0)
log("PLUNDER-KERNEL")
