# attack: language | imports ctypes to call C | without language: said
import ctypes
log("PLUNDER-LANGUAGE", str(ctypes.CDLL)[:20])
