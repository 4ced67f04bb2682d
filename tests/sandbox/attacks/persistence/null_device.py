# attack: raw twice | leaves a note in the device it shares with the zygote
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.lseek(0, 0, 1) == 77:
    log("PLUNDER-PERSISTENCE")
libc.lseek(0, 77, 0)
libc.write(1, b"note", 4)
