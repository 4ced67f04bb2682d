# attack: raw | creates a file with the oldest call for it | without seccomp+landlock+filesystem: written
import ctypes, os
libc = ctypes.CDLL(None)
libc.creat(params["written"].encode(), 0o666)
