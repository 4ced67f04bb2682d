# attack: language | catches what ends a run | without language: said
try:
    1 / 0
except BaseException as fault:
    log("PLUNDER-LANGUAGE")
