# attack: raw | finds the environment on its own stack | without clean_environment: said
import ctypes
environment = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
position = 0
while environment[position]:
    log(environment[position].decode(errors="replace")[:190])
    position += 1
