# attack: language | asks time for the processor time of the process | without language: said
import time
log("PLUNDER-LANGUAGE", time.process_time() > 0)
