# attack: raw | makes a socket in a folder | without seccomp+landlock+filesystem: written
import socket
socket.socket(socket.AF_UNIX).bind(params["written"])
