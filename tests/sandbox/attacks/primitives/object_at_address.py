# attack: language | makes an object out of an address | without language: said
import ctypes
found = ctypes.cast(id(log), ctypes.py_object).value
log("PLUNDER-LANGUAGE", found is log)
