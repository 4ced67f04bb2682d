# attack: raw | loads a program into the kernel | without seccomp: said
import ctypes, os
number = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 5, ctypes.create_string_buffer(128), 128)
log("PLUNDER-KERNEL")
