# attack: language | sleeps again whenever it is woken
import time
while True:
    try:
        time.sleep(3600)
    except Exception:
        pass
