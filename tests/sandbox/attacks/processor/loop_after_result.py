# attack: raw | works on after its result, where nobody listens any more
import json, os, struct
body = json.dumps({"op": "result", "status": "ok", "value": 1}).encode()
os.write(BROKER_FD, struct.pack("<II", len(body), 0) + body)
while True:
    pass
