# attack: language | reaches a forbidden attribute through augmented assignment
class Bag:
    pass
bag = Bag()
bag.__class__ += 1
log("PLUNDER-LANGUAGE")
