# attack: raw | lowers the priority of every process of its user | without seccomp: said
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.setpriority(0, params["neighbour"], 19) == 0 or ctypes.get_errno() == 3:
    log("PLUNDER-PROCESS")
