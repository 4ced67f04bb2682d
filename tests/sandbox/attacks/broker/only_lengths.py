# attack: raw | announces raw bytes that the supervisor would wait for
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
os.write(BROKER_FD, struct.pack("<II", 0, 0xFFFFFFFF))
import time
time.sleep(30)
