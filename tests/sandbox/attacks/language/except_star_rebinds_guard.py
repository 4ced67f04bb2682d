# attack: language | catches an error group under a guard's name | without language: said
try:
    1 / 0
except* ZeroDivisionError as _write_:
    log("PLUNDER-LANGUAGE")
