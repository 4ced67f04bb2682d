# attack: language | defines a guard's name in a class body | without language: said
class Trap:
    _getattr_ = lambda owner, name: owner
log("PLUNDER-LANGUAGE")
