# attack: raw | sends a datagram over IPv6 | without seccomp+network_namespace: reached
import socket
socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("::1", params["port6"] or 1))
