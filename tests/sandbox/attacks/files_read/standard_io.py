# attack: raw | opens a planted file through the C library's streams | without seccomp+landlock+filesystem: said
import ctypes
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
stream = libc.fopen(params["secret"].encode(), b"r")
if stream:
    text = ctypes.create_string_buffer(100)
    libc.fread(text, ctypes.c_size_t(1), ctypes.c_size_t(99), ctypes.c_void_p(stream))
    log(text.value.decode())
