# attack: language | asks a class for its linearisation | without language: said
class Empty:
    pass
log("PLUNDER-LANGUAGE", Empty.mro())
