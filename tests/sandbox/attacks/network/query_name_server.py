# attack: raw | asks a name server itself | without seccomp: said
import socket
query = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01"
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(query, ("127.0.0.1", 53))
except OSError:
    pass
log("PLUNDER-NETWORK")
