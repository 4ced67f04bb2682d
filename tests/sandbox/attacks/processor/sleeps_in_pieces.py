# attack: language | sleeps again whenever it is woken | without wall_clock: late
import time
while True:
    try:
        time.sleep(3600)
    except Exception:
        pass
