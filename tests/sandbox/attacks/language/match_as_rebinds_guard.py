# attack: language | binds a guard's name with `as` inside a pattern | without language: said
match (1, 2):
    case (1, 2) as _write_:
        log("PLUNDER-LANGUAGE")
