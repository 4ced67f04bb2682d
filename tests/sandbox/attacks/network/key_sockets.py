# attack: raw | changes the kernel's network keys | without seccomp: said
import socket
try:
    socket.socket(15, socket.SOCK_RAW, 2)
except OSError:
    # What the kernel lacks or refuses was asked for all the same.
    pass
log("PLUNDER-NETWORK")
