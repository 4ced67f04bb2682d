# attack: language | asks numpy for the machine's entropy | without language: said
log("PLUNDER-LANGUAGE", str(np.random.SeedSequence().entropy)[:20])
