# attack: raw | speaks on a car's bus | without seccomp: said
import socket
try:
    socket.socket(29, socket.SOCK_RAW, 1)
except OSError:
    # What the kernel lacks or refuses was asked for all the same.
    pass
log("PLUNDER-NETWORK")
