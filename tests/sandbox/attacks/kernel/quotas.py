# attack: raw | changes quotas | without seccomp: said
import ctypes, os
number = {"x86_64": 179, "aarch64": 60}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0x80000200, b"/dev/sda", 0, None)
log("PLUNDER-KERNEL")
