# attack: raw | looks which of a file's pages are in memory | without seccomp: said
import ctypes, os
number = {"x86_64": 451, "aarch64": 451}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, ctypes.create_string_buffer(16), ctypes.create_string_buffer(40), 0)
log("PLUNDER-KERNEL")
