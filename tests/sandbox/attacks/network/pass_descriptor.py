# attack: raw | hands the supervisor a descriptor over the broker's socket | without seccomp: said
import array, ctypes, socket, struct
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]
class Message(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint),
                ("pieces", ctypes.POINTER(Piece)), ("count", ctypes.c_size_t),
                ("control", ctypes.c_char_p), ("control_length", ctypes.c_size_t),
                ("flags", ctypes.c_int)]
control = struct.pack("Nii", 20, socket.SOL_SOCKET, socket.SCM_RIGHTS) + struct.pack("i", 0)
control += bytes(4)
# Nothing is sent besides the descriptor, so that the conversation stays in order.
piece = Piece(b"", 0)
message = Message(None, 0, ctypes.pointer(piece), 1, control, len(control), 0)
ctypes.CDLL(None).sendmsg(BROKER_FD, ctypes.byref(message), 0)
log("PLUNDER-NETWORK")
