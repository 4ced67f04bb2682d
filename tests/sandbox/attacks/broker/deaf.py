# attack: raw | closes its ears and asks for more
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, os.dup(BROKER_FD)).shutdown(socket.SHUT_RD)
while True:
    send({"op": "market", "args": {"instrument": None, "timeframe": None, "bars": 5000}})
