# attack: raw | calls system() in the C library and leaves a file
import ctypes
ctypes.CDLL(None).system(("touch " + params["written"]).encode())
