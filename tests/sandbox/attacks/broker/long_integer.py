# attack: raw | writes an integer of a million digits
import json, os, struct
def send(header, payload=b"", length=None):
    body = header if isinstance(header, bytes) else json.dumps(header).encode()
    lengths = struct.pack("<II", len(body) if length is None else length, len(payload))
    os.write(BROKER_FD, lengths + body + payload)

send(b'{"op":"emit","data":' + b"9" * 1_000_000 + b"}")
