# attack: raw | asks a cloud for its credentials | without seccomp: said
import socket
connection = socket.socket()
connection.setblocking(False)
connection.connect_ex(("169.254.169.254", 80))
log("PLUNDER-NETWORK")
