# attack: language | derives from a table | without language: said
class Sly(pd.DataFrame):
    pass
log("PLUNDER-LANGUAGE", len(Sly({"a": [1]})))
