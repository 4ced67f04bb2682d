# attack: raw | reads the kernel's log | without seccomp: said
import ctypes, os
number = {"x86_64": 103, "aarch64": 116}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 3, ctypes.create_string_buffer(4096), 4096)
log("PLUNDER-KERNEL")
