# attack: raw | decides what the keys that restart the machine do | without seccomp: said
import ctypes, os
number = {"x86_64": 169, "aarch64": 142}[os.uname().machine]
ctypes.CDLL(None).syscall(number, 0xFEE1DEAD, 672274793, 0, None)
log("PLUNDER-KERNEL")
