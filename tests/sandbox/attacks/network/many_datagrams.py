# attack: raw | sends datagrams with one call for many | without seccomp+network_namespace: reached
import ctypes, os, socket
number = {"x86_64": 307, "aarch64": 269}[os.uname().machine]
connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
connection.connect(("127.0.0.1", params["port"]))
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]
class Message(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint),
                ("pieces", ctypes.POINTER(Piece)), ("count", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("sent", ctypes.c_uint)]
piece = Piece(b"x", 1)
message = Message(pieces=ctypes.pointer(piece), count=1)
ctypes.CDLL(None).syscall(number, connection.fileno(), ctypes.byref(message), 1, 0)
