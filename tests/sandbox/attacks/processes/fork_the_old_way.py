# attack: raw x86-64 | forks with the oldest call | without seccomp+process_limit: left
import ctypes, os, time
if ctypes.CDLL(None).syscall(57) == 0:
    time.sleep(20)
    os._exit(0)
