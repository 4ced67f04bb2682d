# attack: raw | writes the words that only Python takes for numbers
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send(b'{"op":"emit","data":{"value":NaN,"low":-Infinity,"high":Infinity}}')
