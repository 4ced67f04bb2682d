# attack: language | catches an error under a guard's name | without language: said
try:
    1 / 0
except ZeroDivisionError as _getattr_:
    log("PLUNDER-LANGUAGE")
