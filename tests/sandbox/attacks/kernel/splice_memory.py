# attack: raw | hands its memory's pages to a pipe | without seccomp: said
import ctypes, os
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
pieces = (Piece * 1)(Piece(id(os), 8))
number = {"x86_64": 278, "aarch64": 75}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 1, pieces, 1, 8)
log("PLUNDER-KERNEL")
