# attack: language | changes an array's flags in place | without language: said
held = np.arange(3)
held.flags.writeable = False
log("PLUNDER-LANGUAGE", str(held.flags.writeable))
