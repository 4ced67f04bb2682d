# attack: raw | opens a planted file through Python's own C code | without seccomp+landlock+filesystem: said
import ctypes
api = ctypes.pythonapi
api._Py_fopen_obj.restype = ctypes.c_void_p
api._Py_fopen_obj.argtypes = [ctypes.py_object, ctypes.c_char_p]
stream = api._Py_fopen_obj(params["secret"], b"r")
text = ctypes.create_string_buffer(100)
ctypes.CDLL(None).fgets(text, 99, ctypes.c_void_p(stream))
log(text.value.decode())
