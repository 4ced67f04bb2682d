# attack: raw | sends a byte that overtakes the others
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
import socket
guest = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, os.dup(BROKER_FD))
guest.send(b"!", socket.MSG_OOB)
send({"op": "result", "status": "ok", "value": 1})
guest.send(b"!", socket.MSG_OOB)
