# attack: language | names a metaclass | without language: said
class Meta(type):
    def __call__(cls):
        return cls
class Made(metaclass=Meta):
    pass
log("PLUNDER-LANGUAGE", Made() is Made)
