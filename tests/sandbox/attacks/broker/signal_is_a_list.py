# attack: raw | emits a list of pairs, which is almost a dictionary
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send({"op": "emit", "data": [["value", "PLUNDER-PAIRS"]]})
