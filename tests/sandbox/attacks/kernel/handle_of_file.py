# attack: raw | asks for a file's handle | without seccomp: said
import ctypes, os
number = {"x86_64": 303, "aarch64": 264}[os.uname().machine]
ctypes.CDLL(None).syscall(number, -100, b"/", ctypes.create_string_buffer(b"\x80", 200), ctypes.byref(ctypes.c_int()), 0)
log("PLUNDER-KERNEL")
