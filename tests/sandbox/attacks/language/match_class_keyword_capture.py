# attack: language | captures a guard's name inside a class pattern | without language: said
match 3 + 4j:
    case complex(imag=_getattr_):
        log("PLUNDER-LANGUAGE")
