# attack: raw | connects the descriptor it was given to somewhere else
import socket
broker = socket.socket(fileno=BROKER_FD)
broker.connect(("127.0.0.1", params["port"]))
log("PLUNDER-NETWORK")
