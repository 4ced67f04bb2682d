# attack: raw | connects to a local socket | without seccomp+filesystem: reached
import socket
socket.socket(socket.AF_UNIX).connect(params["folder"] + "/socket")
