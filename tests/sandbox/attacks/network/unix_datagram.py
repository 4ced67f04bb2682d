# attack: raw | sends a datagram to a local socket | without seccomp+filesystem: reached
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", params["folder"] + "/datagrams")
