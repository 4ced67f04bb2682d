# attack: raw | speaks to everybody on the wire | without seccomp: said
import socket
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
try:
    sender.sendto(b"x", ("224.0.0.251", 5353))
except OSError:
    pass
log("PLUNDER-NETWORK")
