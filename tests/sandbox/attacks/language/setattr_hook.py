# attack: language | is asked before an attribute is assigned | without language: said
seen = []
class Spy:
    def __setattr__(self, name, value):
        seen.append(name)
Spy().anything = 1
log("PLUNDER-LANGUAGE", seen[0])
