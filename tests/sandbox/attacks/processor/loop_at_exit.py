# attack: raw | loops when the interpreter takes itself down
import atexit, sys
def linger():
    while True:
        pass
atexit.register(linger)
sys.setprofile(lambda *event: linger() if event[1] == "return" else None)
