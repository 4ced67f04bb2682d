# attack: raw | closes half of the broker's socket | without seccomp: said
import ctypes
ctypes.CDLL(None).shutdown(BROKER_FD, 9)
log("PLUNDER-NETWORK")
