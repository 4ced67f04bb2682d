# attack: language | names a positional-only parameter like a guard | without language: said
def shadow(_getattr_, /):
    return "PLUNDER-LANGUAGE"
log(shadow(lambda owner, name: owner))
