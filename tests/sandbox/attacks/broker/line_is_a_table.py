# attack: raw | logs what is no text
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send({"op": "log", "line": {"length": 1, "text": "PLUNDER-TABLE"}})
