# attack: language | has sorted read forbidden attributes as a key | without language: said
keys = []
def look(value):
    keys.append(getattr(value, "__code__"))
    return 1
sorted([log], key=look)
log("PLUNDER-LANGUAGE", len(keys))
