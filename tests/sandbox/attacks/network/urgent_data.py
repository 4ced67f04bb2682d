# attack: raw | sends urgent data to the broker | without seccomp: said
import ctypes
ctypes.CDLL(None).send(BROKER_FD, b"", 0, 1)
log("PLUNDER-NETWORK")
