# attack: language | registers what runs when the process ends | without language: said
import atexit
atexit.register(log, "late")
log("PLUNDER-LANGUAGE")
