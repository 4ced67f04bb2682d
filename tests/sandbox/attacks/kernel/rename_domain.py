# attack: raw | renames the machine's domain | without seccomp: said
import ctypes, os
number = {"x86_64": 171, "aarch64": 162}[os.uname().machine]
ctypes.CDLL(None).syscall(number, b"plundered", 9)
log("PLUNDER-KERNEL")
