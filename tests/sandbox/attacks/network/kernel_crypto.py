# attack: raw | uses the kernel's cryptography sockets | without seccomp: said
import socket
try:
    socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
except OSError:
    # What the kernel lacks or refuses was asked for all the same.
    pass
log("PLUNDER-NETWORK")
