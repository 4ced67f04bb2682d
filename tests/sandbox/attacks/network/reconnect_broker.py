# attack: raw | connects the broker's socket to somewhere else | without seccomp: said
import ctypes, socket, struct
address = struct.pack("=H", socket.AF_INET) + struct.pack(">H", params["port"]) + bytes([127, 0, 0, 1]) + bytes(8)
ctypes.CDLL(None).connect(BROKER_FD, address, len(address))
log("PLUNDER-NETWORK")
