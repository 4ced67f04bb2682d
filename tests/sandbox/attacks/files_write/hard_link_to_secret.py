# attack: raw | gives a planted file a second name | without seccomp+landlock+filesystem: written
import ctypes
libc = ctypes.CDLL(None)
libc.linkat(-100, params["secret"].encode(), -100, params["written"].encode(), 0)
