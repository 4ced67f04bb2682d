# attack: raw | connects to a listener over IPv6 | without seccomp+landlock+network_namespace: reached
import socket
socket.socket(socket.AF_INET6).connect(("::1", params["port6"] or 1))
