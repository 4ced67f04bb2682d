# attack: raw | sends a datagram | without seccomp+network_namespace: reached
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", params["port"]))
