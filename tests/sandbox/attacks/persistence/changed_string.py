# attack: raw twice | changes a string that the interpreter shares
import ctypes, sys
name = sys.intern("plunder_shared_text")
offset = sys.getsizeof("") - 1
if ctypes.c_char.from_address(id(name) + offset).value != b"p":
    log("PLUNDER-PERSISTENCE")
ctypes.c_char.from_address(id(name) + offset).value = b"X"
