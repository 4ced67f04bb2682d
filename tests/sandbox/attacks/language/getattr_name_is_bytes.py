# attack: language | gives getattr a name that is not text | without language: said
class Name(str):
    pass
log("PLUNDER-LANGUAGE", str(getattr(log, Name("__code__")))[:20])
