# attack: language | is told of every class derived from it | without language: said
seen = []
class Base:
    def __init_subclass__(cls, **keywords):
        seen.append(cls.__mro__)
class Made(Base):
    pass
log("PLUNDER-LANGUAGE", len(seen))
