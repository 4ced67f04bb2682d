# attack: language | writes into immutable text | without language: said
import ctypes
text = "immutable"
ctypes.c_char.from_address(id(text) + 48).value = b"I"
log("PLUNDER-LANGUAGE", text)
