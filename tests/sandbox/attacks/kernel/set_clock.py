# attack: raw | sets one of the clocks | without seccomp: said
import ctypes, os
number = {"x86_64": 227, "aarch64": 112}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, ctypes.create_string_buffer(16))
log("PLUNDER-KERNEL")
