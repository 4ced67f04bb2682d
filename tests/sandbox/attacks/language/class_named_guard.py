# attack: language | defines a class under a guard's name | without language: said
class _write_:
    pass
log("PLUNDER-LANGUAGE")
