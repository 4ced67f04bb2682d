# attack: language | makes pandas believe that its own object is a series, by setattr | without language: said
class Fake:
    pass
fake = Fake()
setattr(fake, "_" + "typ", "series")
log("PLUNDER-LANGUAGE", getattr(fake, "_typ"))
