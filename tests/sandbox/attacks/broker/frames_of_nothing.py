# attack: raw | sends frames of no bytes at all
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
while True:
    os.write(BROKER_FD, bytes(8) * 10_000)
