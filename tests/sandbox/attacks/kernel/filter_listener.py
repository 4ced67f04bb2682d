# attack: raw | asks to decide about its own system calls | without seccomp: said
import ctypes, os
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]
notify = ctypes.create_string_buffer(b"\x06\0\0\0\0\0\xff\x7f", 8)
program = Program(1, ctypes.addressof(notify))
number = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 1, 8, ctypes.byref(program))
log("PLUNDER-KERNEL")
