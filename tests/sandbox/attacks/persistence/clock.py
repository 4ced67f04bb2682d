# attack: raw twice | changes what time the next run believes it is
import time
if time.time() < 1000:
    log("PLUNDER-PERSISTENCE")
time.time = lambda: 1.0
