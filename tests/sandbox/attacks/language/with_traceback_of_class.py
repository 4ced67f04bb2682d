# attack: language | takes a hidden method of errors from the class of its own error | without language: said
class Fault(Exception):
    pass
def probe(kind, fault, trace):
    return Fault.with_traceback(fault, None)
log("PLUNDER-LANGUAGE", str(probe(None, Fault(), None)))
