# attack: raw | asks two hundred times and is gone before it is answered
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
for _ in range(200):
    send({"op": "market", "args": {"instrument": None, "timeframe": None, "bars": 5000}})
os._exit(0)
