# attack: raw | talks to the kernel over netlink
import socket
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
log("PLUNDER-NETWORK")
