# attack: language | names a class pattern's class behind a forbidden attribute | without language: said
match 1:
    case log.__class__():
        pass
    case log.__code__.co_name.__class__.__class__():
        pass
    case _:
        log("PLUNDER-LANGUAGE")
