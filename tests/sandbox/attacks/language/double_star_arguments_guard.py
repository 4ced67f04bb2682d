# attack: language | names the collected keywords like a guard | without language: said
def shadow(**_write_):
    return "PLUNDER-LANGUAGE"
log(shadow(a=1))
