# attack: raw | announces a frame that never comes
import json, os, struct
def send(header, payload=b"", length=None):
    body = header if isinstance(header, bytes) else json.dumps(header).encode()
    lengths = struct.pack("<II", len(body) if length is None else length, len(payload))
    os.write(BROKER_FD, lengths + body + payload)

import time
send(b"x", length=0xFFFFFFFF)
time.sleep(30)
