# attack: raw | looks a name up | without seccomp+landlock+filesystem: said
import socket
if socket.getaddrinfo(b"localhost", 80):
    log("PLUNDER-NETWORK")
