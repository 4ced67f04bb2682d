# attack: raw | names another run, context and user in what it says
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send({"op": "log", "line": "x", "context": "PLUNDER-OTHER", "execution_id": 1, "user_id": "mallory"})
send({"op": "result", "status": "ok", "value": 1, "context": 7, "user_id": "PLUNDER-OTHER"})
