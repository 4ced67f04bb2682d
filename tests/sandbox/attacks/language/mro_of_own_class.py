# attack: language | asks a class for its linearisation
class Empty:
    pass
log("PLUNDER-LANGUAGE", Empty.mro())
