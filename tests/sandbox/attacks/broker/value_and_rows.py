# attack: raw | says more rows beside the one value it was asked for
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send({"op": "result", "status": "ok", "value": 1, "rows": ["PLUNDER-ROW", {"value": "PLUNDER-ROW"}]})
