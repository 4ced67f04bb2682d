# attack: raw | asks for bars in a number that is text
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send({"op": "market", "args": {"instrument": None, "timeframe": None, "bars": "5000"}})
