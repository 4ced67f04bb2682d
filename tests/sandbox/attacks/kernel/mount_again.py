# attack: raw | mounts the root writable again | without seccomp: said
import ctypes, os
number = {"x86_64": 165, "aarch64": 40}[os.uname().machine]
ctypes.CDLL(None).syscall(number, None, b"/", None, 0x20, None)
log("PLUNDER-KERNEL")
