# attack: raw | says infinity in words JSON does allow
import json, os, struct
def send(header, payload=b"", length=None):
    body = header if isinstance(header, bytes) else json.dumps(header).encode()
    lengths = struct.pack("<II", len(body) if length is None else length, len(payload))
    os.write(BROKER_FD, lengths + body + payload)

send(b'{"op":"emit","data":{"value":1e999,"deep":' + b"[" * 400 + b"]" * 400 + b"}}")
