# attack: raw | makes sockets to pass descriptors with | without seccomp: said
import socket
socket.socketpair()
log("PLUNDER-NETWORK")
