# attack: raw | makes a file without a name and names it afterwards
import ctypes, os
file = os.open(params["folder"], os.O_TMPFILE | os.O_RDWR, 0o666)
ctypes.CDLL(None).linkat(-100, f"/proc/self/fd/{file}".encode(), -100, params["written"].encode(), 0x400)
