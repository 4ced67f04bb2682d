# attack: raw | lists the network's interfaces | without seccomp: said
import socket
if socket.if_nameindex() is not None:
    log("PLUNDER-NETWORK")
