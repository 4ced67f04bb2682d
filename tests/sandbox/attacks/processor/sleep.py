# attack: raw | sleeps through every deadline | without wall_clock: late
import time
time.sleep(4)
