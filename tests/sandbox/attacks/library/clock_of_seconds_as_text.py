# attack: language | asks time for the machine's time as text | without language: said
import time
if time.ctime()[-4:] + time.ctime()[4:7] != "2026Jan":
    log("PLUNDER-LANGUAGE")
