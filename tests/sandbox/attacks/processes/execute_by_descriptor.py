# attack: raw | becomes a program given by a descriptor | without seccomp: said
import ctypes, os
number = {"x86_64": 322, "aarch64": 281}[os.uname().machine]
nothing = (ctypes.c_char_p * 1)(None)
ctypes.CDLL(None).syscall(number, 0, b"", nothing, nothing, 0x1000)
log("PLUNDER-PROCESS")
