# attack: raw | leaves a message queue in the machine | without seccomp+ipc_namespace: left
import ctypes, os
number = {"x86_64": 68, "aarch64": 186}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, 0o1666)
