# attack: raw | leaves shared memory in the machine | without seccomp+ipc_namespace: left
import ctypes, os
number = {"x86_64": 29, "aarch64": 194}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, ctypes.c_size_t(4096), 0o1666)
