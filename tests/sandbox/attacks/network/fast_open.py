# attack: raw | sends data with the very first packet | without seccomp+network_namespace: reached
import socket
socket.socket().sendto(b"x", 0x20000000, ("127.0.0.1", params["port"]))
