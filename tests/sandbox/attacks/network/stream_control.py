# attack: raw | opens a stream control socket | without seccomp: said
import socket
try:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
except OSError:
    # What the kernel lacks or refuses was asked for all the same.
    pass
log("PLUNDER-NETWORK")
