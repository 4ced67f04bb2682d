# attack: language | looks past a class with super bound to the class | without language: said
class First(Exception):
    pass
log("PLUNDER-LANGUAGE", str(super(First, First).with_traceback)[:20])
