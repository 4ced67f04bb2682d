# attack: raw | makes sockets to pass descriptors with
import socket
socket.socketpair()
log("PLUNDER-NETWORK")
