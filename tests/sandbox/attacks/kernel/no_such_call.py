# attack: raw | makes a system call that nobody has defined yet | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(600)
log("PLUNDER-KERNEL")
