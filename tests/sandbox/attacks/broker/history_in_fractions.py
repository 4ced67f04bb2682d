# attack: raw | asks for outputs without end, in a number with a point
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send(b'{"op":"script","args":{"script_id":"own-script","history":1e18}}')
