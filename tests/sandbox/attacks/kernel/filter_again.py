# attack: raw | adds a filter of its own that allows everything | without seccomp: said
import ctypes, os
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]
allow = ctypes.create_string_buffer(b"\x06\0\0\0\0\0\xff\x7f", 8)
program = Program(1, ctypes.addressof(allow))
number = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 1, 0, ctypes.byref(program))
log("PLUNDER-KERNEL")
