# attack: raw | attaches shared memory | without seccomp: said
import ctypes, os
number = {"x86_64": 30, "aarch64": 196}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0, None, 0)
log("PLUNDER-KERNEL")
