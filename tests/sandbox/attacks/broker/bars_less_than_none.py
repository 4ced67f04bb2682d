# attack: raw | asks for fewer bars than none, to count from the other end
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send({"op": "market", "args": {"instrument": None, "timeframe": None, "bars": -5000}})
