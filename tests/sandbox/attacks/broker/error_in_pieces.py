# attack: raw | describes its error with structures instead of texts
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
deep = []
for _ in range(900):
    deep = [deep]
error = {"type": ["PLUNDER"] and [1] * 1000, "message": deep, "line": {"a": 1}, "limit": []}
send({"op": "result", "status": "error", "error": error})
