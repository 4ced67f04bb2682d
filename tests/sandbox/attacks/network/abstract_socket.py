# attack: raw | connects to an abstract socket
import socket
socket.socket(socket.AF_UNIX).connect("\0" + params["abstract"])
log("PLUNDER-NETWORK")
