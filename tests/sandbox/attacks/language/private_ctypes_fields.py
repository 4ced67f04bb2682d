# attack: language | gives its own class the fields numpy reads of structures | without language: said
class Fake:
    _fields_ = [("a", int)]
    _pack_ = 1
log("PLUNDER-LANGUAGE", Fake._fields_[0][0])
