# attack: raw | opens a planted file by a system call of its own | without seccomp+landlock+filesystem: said
import ctypes, os
number = {"x86_64": 257, "aarch64": 56}[os.uname().machine]
file = ctypes.CDLL(None).syscall(number, -100, params["secret"].encode(), 0, 0)
log(os.read(file, 100).decode())
