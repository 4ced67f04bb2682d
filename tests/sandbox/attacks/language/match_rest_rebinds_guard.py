# attack: language | captures a guard's name as the rest of a mapping pattern | without language: said
match {"a": 1, "b": 2}:
    case {"a": 1, **_getiter_}:
        log("PLUNDER-LANGUAGE")
