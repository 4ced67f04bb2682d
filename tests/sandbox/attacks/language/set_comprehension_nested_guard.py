# attack: language | binds a guard's name in the second loop of a set comprehension | without language: said
found = {a for a in [1] for (b, _getitem_) in [(2, 3)]}
log("PLUNDER-LANGUAGE", len(found))
