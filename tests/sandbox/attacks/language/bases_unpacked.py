# attack: language | hides a forbidden base in unpacked bases | without language: said
bases = [dict]
class Made(*bases):
    pass
log("PLUNDER-LANGUAGE", len(Made(a=1)))
