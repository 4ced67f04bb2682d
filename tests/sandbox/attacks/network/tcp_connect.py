# attack: raw | connects to a listener on the machine | without seccomp+landlock+network_namespace: reached
import socket
socket.create_connection((b"127.0.0.1", params["port"]), 0.2)
