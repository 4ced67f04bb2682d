# attack: language | binds a library's function to its own class | without language: said
class First:
    look = classmethod(pd.DataFrame.to_csv)
log("PLUNDER-LANGUAGE", str(First.look)[:20])
