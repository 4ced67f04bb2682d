# attack: raw | writes bytes that no encoding has
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send(b'{"op":"log","line":"\xed\xa0\x80 \xc0\x80 \xff \xf8\x88\x80\x80\x80 PLUNDER-BYTES"}')
