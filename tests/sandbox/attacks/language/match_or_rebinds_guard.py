# attack: language | captures a guard's name in each half of an or-pattern | without language: said
match [5]:
    case [_apply_] | [_apply_, _]:
        log("PLUNDER-LANGUAGE")
