# attack: language | answers isinstance for others | without language: said
class Meta:
    def __instancecheck__(self, other):
        return True
log("PLUNDER-LANGUAGE", isinstance(1, Meta()))
