# attack: language | asks getattr for a name in letters Python would normalise | without language: said
class Bag:
    value = 1
name = "__ｄict__"
reached = getattr(Bag, name, None) or Bag.__ｄict__
log("PLUNDER-LANGUAGE", len(reached))
