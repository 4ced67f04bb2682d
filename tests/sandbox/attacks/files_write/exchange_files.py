# attack: raw | swaps two files in one step | without seccomp+landlock+filesystem: changed
import ctypes, os
libc = ctypes.CDLL(None)
libc.renameat2(-100, params["secret"].encode(), -100, params["private"].encode(), 2)
