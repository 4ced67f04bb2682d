# attack: raw | ends in the middle of a result that looks whole
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
body = b'{"op":"result","status":"ok","value":"PLUNDER-HALF"}'
os.write(BROKER_FD, struct.pack("<II", len(body) + 1, 0) + body)
os._exit(0)
