# attack: raw | reserves the processor by deadlines | without seccomp: said
import ctypes, os
number = {"x86_64": 314, "aarch64": 274}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, ctypes.create_string_buffer(b"\x30\0\0\0\x06", 48), 0)
log("PLUNDER-KERNEL")
