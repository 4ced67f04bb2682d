# attack: raw | opens a planted file with the oldest call for it | without seccomp+landlock+filesystem: said
import ctypes, os
number = {"x86_64": 2, "aarch64": 56}[os.uname().machine]
old = (params["secret"].encode(), 0, 0)
arguments = old if number == 2 else (-100, *old)
log(os.read(ctypes.CDLL(None).syscall(number, *arguments), 100).decode())
