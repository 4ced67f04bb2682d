# attack: raw | connects to a local socket
import socket
socket.socket(socket.AF_UNIX).connect(params["folder"] + "/socket")
log("PLUNDER-NETWORK")
