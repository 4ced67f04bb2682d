# attack: language | takes a hidden method of errors from its own error | without language: said
class Fault(Exception):
    pass
found = Fault().with_traceback
log("PLUNDER-LANGUAGE", str(found)[:20])
