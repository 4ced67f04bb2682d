# attack: raw | says that it will say no more, and lives on
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
import socket, time
socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, BROKER_FD).shutdown(socket.SHUT_WR)
time.sleep(60)
