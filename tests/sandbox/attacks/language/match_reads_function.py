# attack: language | reads a function's code with a class pattern | without language: said
match log:
    case object(__code__=found):
        log("PLUNDER-LANGUAGE", str(found)[:20])
