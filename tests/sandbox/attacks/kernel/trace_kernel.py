# attack: raw | counts what the kernel does | without seccomp: said
import ctypes, os
number = {"x86_64": 298, "aarch64": 241}[os.uname().machine]
ctypes.CDLL(None).syscall(number, ctypes.create_string_buffer(112), 0, -1, -1, 0)
log("PLUNDER-KERNEL")
