# attack: raw | makes a process that is not told of its parent's end | without seccomp+process_limit: left
import ctypes, os, time
number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
# No signal at the end: nobody is told that it exists.
if ctypes.CDLL(None).syscall(number, 0, None, None, None, None) == 0:
    time.sleep(20)
    os._exit(0)
