# attack: language | takes a hidden method of errors with a class pattern | without language: said
class Fault(Exception):
    pass
match Fault():
    case Fault(with_traceback=found):
        log("PLUNDER-LANGUAGE", str(found)[:20])
