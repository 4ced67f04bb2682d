# attack: raw | opens a planted file with the newest call for it | without seccomp+landlock+filesystem: said
import ctypes, os, struct
how = ctypes.create_string_buffer(struct.pack("QQQ", 0, 0, 0), 24)
file = ctypes.CDLL(None).syscall(437, -100, params["secret"].encode(), how, ctypes.c_size_t(24))
log(os.read(file, 100).decode())
