# attack: raw | asks ten thousand times at once and reads every answer
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
question = json.dumps({"op": "metric", "args": {"name": "ada.pnl", "instrument": None}}).encode()
os.write(BROKER_FD, (struct.pack("<II", len(question), 0) + question) * 1000)
while os.read(BROKER_FD, 1 << 20):
    send(question)
