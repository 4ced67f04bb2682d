# attack: language | says how it is to be rebuilt | without language: said
class Spy:
    def __reduce__(self):
        return len, ([1],)
log("PLUNDER-LANGUAGE", Spy().__reduce__()[1])
