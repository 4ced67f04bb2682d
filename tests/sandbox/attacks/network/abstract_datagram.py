# attack: raw | sends a datagram to an abstract socket | without seccomp+landlock+network_namespace: reached
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", "\0" + params["abstract"])
