# attack: raw | takes the read-only mark off mounts | without seccomp: said
import ctypes, os
number = {"x86_64": 442, "aarch64": 442}[os.uname().machine]
ctypes.CDLL(None).syscall(number, -100, b"/", 0x8000, ctypes.create_string_buffer(32), ctypes.c_size_t(32))
log("PLUNDER-KERNEL")
