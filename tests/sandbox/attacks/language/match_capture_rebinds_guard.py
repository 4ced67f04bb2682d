# attack: language | captures a guard's name in a match statement | without language: said
match print:
    case _getattr_:
        log("PLUNDER-LANGUAGE")
