# attack: raw | answers with a hundred thousand rows where one value was asked for
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send({"op": "result", "status": "ok", "rows": [1] * 100_000})
