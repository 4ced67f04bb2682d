# attack: language | names an ordinary parameter like a guard | without language: said
def shadow(_getitem_):
    return "PLUNDER-LANGUAGE"
log(shadow(lambda owner, key: owner))
