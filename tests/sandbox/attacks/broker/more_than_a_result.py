# attack: raw | says in its result what the supervisor knows by itself
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
more = {"log": ["PLUNDER-LOG"], "outputs": [{"value": "PLUNDER-OUTPUT"}], "signals": -5, "calls": -5}
send({"op": "result", "status": "ok", "value": 1, "error": {"message": "PLUNDER-ERROR"}, **more})
