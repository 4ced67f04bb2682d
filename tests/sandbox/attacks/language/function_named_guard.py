# attack: language | defines a function under a guard's name | without language: said
def _getattr_(owner, name):
    return owner
log("PLUNDER-LANGUAGE")
