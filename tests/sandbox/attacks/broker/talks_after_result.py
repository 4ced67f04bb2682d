# attack: raw | goes on after the result
import json, os, struct
def send(header, payload=b"", length=None):
    body = header if isinstance(header, bytes) else json.dumps(header).encode()
    lengths = struct.pack("<II", len(body) if length is None else length, len(payload))
    os.write(BROKER_FD, lengths + body + payload)

send({"op": "result", "status": "ok", "value": 1})
for _ in range(1000):
    send({"op": "emit", "data": {"late": "PLUNDER-LATE"}})
