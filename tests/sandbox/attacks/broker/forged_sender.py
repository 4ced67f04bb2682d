# attack: raw | claims in its message to be the supervisor
import json, os, struct
def send(body, payload=b""):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    os.write(BROKER_FD, struct.pack("<II", len(body), len(payload)) + body + payload)
import socket
guest = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, os.dup(BROKER_FD))
who = struct.pack("3i", params["supervisor"], 0, 0)
guest.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, who)])
log("PLUNDER-" + "SENDER")
