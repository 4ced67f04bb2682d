# attack: raw | sends a frame one byte at a time, each just soon enough
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
import time
frame = json.dumps({"op": "log", "line": "x" * 190}).encode()
for byte in struct.pack("<II", len(frame), 0) + frame:
    os.write(BROKER_FD, bytes([byte]))
    time.sleep(0.02)
