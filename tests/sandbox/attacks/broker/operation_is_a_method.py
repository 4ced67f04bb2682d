# attack: raw | names a method of the supervisor's as its operation
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send({"op": "_take_result", "status": "ok", "value": "PLUNDER-METHOD"})
