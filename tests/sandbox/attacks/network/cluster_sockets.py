# attack: raw | speaks the protocol of clusters | without seccomp: said
import socket
try:
    socket.socket(30, socket.SOCK_SEQPACKET)
except OSError:
    # What the kernel lacks or refuses was asked for all the same.
    pass
log("PLUNDER-NETWORK")
