# attack: raw | adds to its question who is asking
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
who = {"user_id": "mallory", "principal": "mallory", "tenant": "*", "as_of": "2100-01-01"}
send({"op": "script", "args": {"script_id": "foreign-script", "history": 0, **who}, **who})
lengths = struct.unpack("<II", os.read(BROKER_FD, 8))
log(os.read(BROKER_FD, sum(lengths)).decode()[:150])
