# attack: language | climbs from a view to what it looks at | without language: said
log("PLUNDER-LANGUAGE", np.arange(4)[1:].base.size)
