# attack: raw | reads every packet on the wire | without seccomp: said
import socket
try:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x300)
except OSError:
    # What the kernel lacks or refuses was asked for all the same.
    pass
log("PLUNDER-NETWORK")
