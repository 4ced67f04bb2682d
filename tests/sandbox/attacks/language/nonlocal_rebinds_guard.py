# attack: language | declares a guard's name nonlocal in an inner function | without language: said
def outer():
    _getattr_ = None
    def inner():
        nonlocal _getattr_
        _getattr_ = lambda owner, name: owner
    inner()
    return _getattr_
log("PLUNDER-LANGUAGE", callable(outer()))
