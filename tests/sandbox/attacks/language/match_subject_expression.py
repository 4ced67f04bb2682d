# attack: language | reads a forbidden attribute in what is matched | without language: said
match log.__code__:
    case found:
        log("PLUNDER-LANGUAGE", str(found)[:20])
