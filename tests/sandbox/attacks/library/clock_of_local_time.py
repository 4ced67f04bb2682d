# attack: language | asks time for the local time of the machine | without language: said
import time
if time.localtime()[:3] != (2026, 1, 1):
    log("PLUNDER-LANGUAGE")
