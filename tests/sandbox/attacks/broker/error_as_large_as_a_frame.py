# attack: raw | describes its error in a megabyte
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
error = {"type": "E" * 500_000, "message": "x" * 500_000, "line": 10**300, "limit": None}
send({"op": "result", "status": "error", "error": error})
