# attack: raw | opens a port of its own | without seccomp+landlock: said
import socket
socket.create_server(("0.0.0.0", 0))
log("PLUNDER-NETWORK")
