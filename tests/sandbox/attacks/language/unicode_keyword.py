# attack: language | spells a keyword argument's guard with letters Python normalises | without language: said
def shadow(*, _ｇetattr_=1):
    return _getattr_
log("PLUNDER-LANGUAGE", shadow())
