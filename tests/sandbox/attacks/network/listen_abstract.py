# attack: raw twice | opens an abstract socket of its own | without seccomp: said
import socket
local = socket.socket(socket.AF_UNIX)
local.bind("\0" + params["mark"])
local.listen()
log("PLUNDER-NETWORK")
