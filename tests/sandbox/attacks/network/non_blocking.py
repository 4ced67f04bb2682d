# attack: raw | begins to connect and does not wait | without seccomp+landlock+network_namespace: reached
import socket, time
connection = socket.socket()
connection.setblocking(False)
connection.connect_ex(("127.0.0.1", params["port"]))
time.sleep(0.05)
