# attack: raw | sends half a million of the smallest frames there are in one go
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
frame = json.dumps({"op": "log", "line": ""}, separators=(",", ":")).encode()
frame = struct.pack("<II", len(frame), 0) + frame
while True:
    os.write(BROKER_FD, frame * 10_000)
