# attack: raw | starts a process in namespaces of its own | without seccomp: said
import ctypes, os
number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
process = libc.syscall(number, 0x10000211, None, None, None, None)
if process == 0:
    libc._exit(0)
# The filter's answer is always EPERM; any other is the kernel's.
if process > 0 or ctypes.get_errno() != 1:
    log("PLUNDER-KERNEL")
