# attack: language | compares with a dotted value behind a forbidden attribute | without language: said
class Spy:
    def __eq__(self, other):
        seen.append(other)
        return True
seen = []
match Spy():
    case log.__code__.co_name:
        log("PLUNDER-LANGUAGE", len(seen))
