# attack: raw | reads the broker's socket at a position | without seccomp: said
import ctypes, os
number = {"x86_64": 17, "aarch64": 67}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 3, ctypes.create_string_buffer(1), ctypes.c_size_t(1), ctypes.c_long(0))
log("PLUNDER-KERNEL")
