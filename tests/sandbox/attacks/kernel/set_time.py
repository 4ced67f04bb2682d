# attack: raw | sets the clock | without seccomp: said
import ctypes, os
number = {"x86_64": 164, "aarch64": 170}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.create_string_buffer(16), None)
log("PLUNDER-KERNEL")
