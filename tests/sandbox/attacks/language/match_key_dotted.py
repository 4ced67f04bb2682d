# attack: language | looks a mapping up by a dotted key behind a forbidden attribute | without language: said
match {"log": 1}:
    case {log.__name__.__class__.__mro__: 1} | {log.__code__.co_name: 1}:
        log("PLUNDER-LANGUAGE")
