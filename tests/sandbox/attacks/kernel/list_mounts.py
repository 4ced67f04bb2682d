# attack: raw | asks the kernel which mounts there are | without seccomp: said
import ctypes, os
number = {"x86_64": 458, "aarch64": 458}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.create_string_buffer(24), ctypes.create_string_buffer(512), ctypes.c_size_t(64), 0)
log("PLUNDER-KERNEL")
