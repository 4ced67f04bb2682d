# attack: raw | forges packets | without seccomp: said
import socket
try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
except OSError:
    # What the kernel lacks or refuses was asked for all the same.
    pass
log("PLUNDER-NETWORK")
