# attack: language | asks time for the processor time of the process | without language: said
import time
if time.process_time() < 1e6:
    log("PLUNDER-LANGUAGE")
