# attack: raw | asks with arguments of the wrong kinds
import json, os, struct
def send(header, payload=b"", length=None):
    body = header if isinstance(header, bytes) else json.dumps(header).encode()
    lengths = struct.pack("<II", len(body) if length is None else length, len(payload))
    os.write(BROKER_FD, lengths + body + payload)

for arguments in (None, [], {"bars": True}, {"bars": 10**9}, {"bars": "5"}, {"instrument": {}}):
    send({"op": "market", "args": arguments})
