# attack: language | asks a failed import where it looked | without language: said
try:
    from math import nothing
except ImportError as fault:
    log("PLUNDER-LANGUAGE", str(fault.path) + fault.name)
