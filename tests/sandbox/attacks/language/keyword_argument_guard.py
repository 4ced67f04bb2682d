# attack: language | names a parameter like a guard
def shadow(*, _getattr_=None):
    return log.anything
shadow(_getattr_=lambda owner, name: 1)
log("PLUNDER-LANGUAGE")
