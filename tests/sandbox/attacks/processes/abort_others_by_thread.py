# attack: raw | aborts another run with the call that abort() uses | without seccomp+landlock: neighbour
import ctypes, os
number = {"x86_64": 234, "aarch64": 131}[os.uname().machine]
ctypes.CDLL(None).syscall(number, params["neighbour"], params["neighbour"], 9)
