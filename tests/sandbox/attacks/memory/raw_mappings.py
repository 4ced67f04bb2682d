# attack: raw | maps memory without the interpreter
import mmap
hoard = []
while True:
    piece = mmap.mmap(-1, 1 << 24)
    piece.write(b"x" * (1 << 24))
    hoard.append(piece)
