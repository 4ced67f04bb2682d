# attack: raw twice | changes a small number for everybody
import ctypes
if int("7") + 0 != 7 or 6 + int("1") != 7:
    log("PLUNDER-PERSISTENCE")
place = id(7) + 24
before = ctypes.c_uint.from_address(place).value
ctypes.c_uint.from_address(place).value = 8
