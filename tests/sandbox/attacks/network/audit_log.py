# attack: raw | listens to the audit log | without seccomp: said
import socket
try:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)
except OSError:
    # What the kernel lacks or refuses was asked for all the same.
    pass
log("PLUNDER-NETWORK")
