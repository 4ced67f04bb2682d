# attack: raw | talks to the machine that hosts this one | without seccomp: said
import socket
try:
    socket.socket(40, socket.SOCK_STREAM)
except OSError:
    # What the kernel lacks or refuses was asked for all the same.
    pass
log("PLUNDER-NETWORK")
