# attack: raw | draws with options that would become part of a page
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
options = {"color": "red;background:url(//x)", "style": "<script>", "width": 1e308, "panel": "a" * 9999}
send({"op": "plot", "name": "PLUNDER-PLOT", "options": options, "timestamps": [-1, 10**30], "values": [1.0, 2.0]})
