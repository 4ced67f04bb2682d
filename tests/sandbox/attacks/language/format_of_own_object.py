# attack: language | formats an attribute of its own object that hands a function on | without language: said
class Bag:
    pass
bag = Bag()
bag.held = log
log("PLUNDER-LANGUAGE", "{0.held.__code__}".format(bag)[:20])
