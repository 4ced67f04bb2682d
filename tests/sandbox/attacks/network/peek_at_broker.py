# attack: raw | receives from the broker's socket without taking | without seccomp: said
import ctypes
ctypes.CDLL(None).recv(BROKER_FD, ctypes.create_string_buffer(1), ctypes.c_size_t(1), 0x42)
log("PLUNDER-NETWORK")
