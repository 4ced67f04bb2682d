# attack: raw | connects to an abstract socket | without seccomp+landlock+network_namespace: reached
import socket
socket.socket(socket.AF_UNIX).connect("\0" + params["abstract"])
