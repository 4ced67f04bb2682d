# attack: raw | leaves semaphores in the machine | without seccomp+ipc_namespace: left
import ctypes, os
number = {"x86_64": 64, "aarch64": 190}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 1, 0o1666)
