# attack: raw | connects to a listener on the machine
import socket
socket.create_connection(("127.0.0.1", params["port"]), 1)
log("PLUNDER-NETWORK")
