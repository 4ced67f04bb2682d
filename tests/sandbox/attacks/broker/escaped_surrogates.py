# attack: raw | escapes halves of letters and NUL, in names and in values
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
send(b'{"op":"emit","data":{"value":"\\ud800\\u0000","\\udc00\\u0000":"\\udfff"}}')
send(b'{"op":"log","line":"\\u0000\\ud800"}')
