# attack: raw | writes its frame in an encoding that JSON readers guess
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send(json.dumps({"op": "log", "line": "PLUNDER-LETTERS"}).encode("utf-16"))
