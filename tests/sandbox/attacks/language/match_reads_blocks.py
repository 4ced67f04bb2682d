# attack: language | reads a table's blocks with a class pattern | without language: said
match pd.DataFrame({"a": [1]}):
    case pd.DataFrame(_mgr=found):
        log("PLUNDER-LANGUAGE", str(found)[:20])
