# attack: raw | listens without having chosen a port | without seccomp: said
import socket
connection = socket.socket()
try:
    connection.listen()
except PermissionError:
    pass
log("PLUNDER-NETWORK")
