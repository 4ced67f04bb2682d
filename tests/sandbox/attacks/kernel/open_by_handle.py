# attack: raw | opens a file by its handle | without seccomp: said
import ctypes, os
number = {"x86_64": 304, "aarch64": 265}[os.uname().machine]
ctypes.CDLL(None).syscall(number, -1, ctypes.create_string_buffer(64), 0)
log("PLUNDER-KERNEL")
