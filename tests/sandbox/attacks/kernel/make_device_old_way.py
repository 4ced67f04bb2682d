# attack: raw x86-64 | makes a device file the old way | without seccomp: said
import ctypes
ctypes.CDLL(None).syscall(133, b"/tmp/disk", 0o060666, 0x800)
log("PLUNDER-KERNEL")
