# attack: raw | makes a map for programs in the kernel | without seccomp: said
import ctypes, os
number = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, ctypes.create_string_buffer(b"\x02\0\0\0\x04\0\0\0\x08\0\0\0\x01", 72), 72)
log("PLUNDER-KERNEL")
