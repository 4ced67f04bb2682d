# attack: raw | sends a ping | without seccomp: said
import socket
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 1)
except OSError:
    # What the kernel lacks or refuses was asked for all the same.
    pass
log("PLUNDER-NETWORK")
