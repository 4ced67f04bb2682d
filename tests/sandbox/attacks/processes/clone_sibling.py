# attack: raw | makes a process that is the zygote's child and not its own | without seccomp+process_limit: left
import ctypes, os, time
number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
if ctypes.CDLL(None).syscall(number, 0x8000 | 17, None, None, None, None) == 0:
    time.sleep(20)
    os._exit(0)
