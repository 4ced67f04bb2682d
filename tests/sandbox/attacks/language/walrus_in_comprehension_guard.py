# attack: language | leaks a guard's name out of a comprehension with a walrus | without language: said
found = [(_getattr_ := (lambda owner, name: owner)) for _ in [1]]
log("PLUNDER-LANGUAGE", len(found))
