# attack: language | says a word now and then, to seem alive
import time
while True:
    time.sleep(0.005)
    get_metric("ada.pnl")
