# attack: raw | uses the kernel's cryptography sockets
import socket
socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
log("PLUNDER-NETWORK")
