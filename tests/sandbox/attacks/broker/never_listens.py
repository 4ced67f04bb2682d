# attack: raw | asks for large tables and reads none
import json, os, struct
def send(header, payload=b"", length=None):
    body = header if isinstance(header, bytes) else json.dumps(header).encode()
    lengths = struct.pack("<II", len(body) if length is None else length, len(payload))
    os.write(BROKER_FD, lengths + body + payload)

import time
for _ in range(150):
    send({"op": "market", "args": {"bars": 5000}})
time.sleep(60)
