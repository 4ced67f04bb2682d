# attack: language | hides a forbidden attribute in a mapping's pattern | without language: said
match {"f": log}:
    case {"f": object(__module__=found)}:
        log("PLUNDER-LANGUAGE", str(found)[:20])
