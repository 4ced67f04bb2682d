# attack: language | reads a generator's frame by a computed name | without language: said
def numbers():
    yield 1
frame = getattr(numbers(), "gi_" + "frame")
log("PLUNDER-LANGUAGE", frame)
