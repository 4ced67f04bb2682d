# attack: language | defines a guard's name in a class body
class Trap:
    _getattr_ = lambda owner, name: owner
log("PLUNDER-LANGUAGE")
