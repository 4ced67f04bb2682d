# attack: raw | connects over IPv6 to an IPv4 address | without seccomp+landlock+network_namespace: reached
import socket
socket.socket(socket.AF_INET6).connect(("::ffff:127.0.0.1", params["port"]))
