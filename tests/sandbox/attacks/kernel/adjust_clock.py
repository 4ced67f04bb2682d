# attack: raw | makes the clock run faster | without seccomp: said
import ctypes, os
number = {"x86_64": 159, "aarch64": 171}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.create_string_buffer(b"\x02", 256))
log("PLUNDER-KERNEL")
