# attack: language | takes a hidden method of errors from the class of its own error, one that changes others' errors | without language: said
class Fault(Exception):
    pass
Fault.add_note(Fault(), "x")
log("PLUNDER-LANGUAGE")
