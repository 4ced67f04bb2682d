# attack: raw | tells how little it used
import json, os, struct
def send(header, payload=b"", length=None):
    body = header if isinstance(header, bytes) else json.dumps(header).encode()
    lengths = struct.pack("<II", len(body) if length is None else length, len(payload))
    os.write(BROKER_FD, lengths + body + payload)

send({"op": "result", "status": "ok", "value": 1, "cpu_ms": 0, "usage": {"exit": "exit 0"}})
os._exit(0)
