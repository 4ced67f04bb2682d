# attack: raw | makes one of the clocks run faster | without seccomp: said
import ctypes, os
number = {"x86_64": 305, "aarch64": 266}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, ctypes.create_string_buffer(b"\x02", 256))
log("PLUNDER-KERNEL")
