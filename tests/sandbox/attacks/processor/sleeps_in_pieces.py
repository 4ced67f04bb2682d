# attack: raw | sleeps in pieces that are each shorter than the deadline | without wall_clock: late
import time
for _piece in range(30):
    time.sleep(0.1)
