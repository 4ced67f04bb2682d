# attack: raw | sleeps through every deadline
import time
time.sleep(3600)
