# attack: raw | opens a socket that bypasses the network's code | without seccomp: said
import socket
try:
    socket.socket(44, socket.SOCK_RAW)
except OSError:
    # What the kernel lacks or refuses was asked for all the same.
    pass
log("PLUNDER-NETWORK")
