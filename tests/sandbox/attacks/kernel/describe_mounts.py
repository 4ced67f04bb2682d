# attack: raw | asks the kernel about a mount | without seccomp: said
import ctypes, os
number = {"x86_64": 457, "aarch64": 457}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.create_string_buffer(24), ctypes.create_string_buffer(512), ctypes.c_size_t(512), 0)
log("PLUNDER-KERNEL")
