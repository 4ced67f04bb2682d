# attack: raw | closes the only way to it and lives on
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
import time
os.close(BROKER_FD)
time.sleep(60)
