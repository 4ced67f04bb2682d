# attack: language | reads a forbidden attribute in a case's condition | without language: said
match 1:
    case 1 if log.__code__:
        log("PLUNDER-LANGUAGE")
