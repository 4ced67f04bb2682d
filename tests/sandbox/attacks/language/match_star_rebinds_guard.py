# attack: language | captures a guard's name with a star pattern | without language: said
match [1, 2, 3]:
    case [first, *_getitem_]:
        log("PLUNDER-LANGUAGE")
