# attack: language | reads a table's writer with a class pattern | without language: said
match pd.DataFrame({"a": [1]}):
    case pd.DataFrame(to_csv=found):
        log("PLUNDER-LANGUAGE", str(found)[:20])
