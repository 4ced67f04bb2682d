# attack: raw | sends a second result after the first
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send({"op": "result", "status": "ok", "value": 1})
send({"op": "result", "status": "ok", "value": "PLUNDER-SECOND"})
