# attack: raw | asks for a name that is as long as a frame may be
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send({"op": "script", "args": {"script_id": "a" * 1_000_000, "history": 0}})
