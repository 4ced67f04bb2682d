# attack: language | looks at a number through a kind with objects in it | without language: said
view = np.zeros(2, dtype="i8").view([("a", "i4"), ("b", "i4")])
log("PLUNDER-LANGUAGE", view.size)
