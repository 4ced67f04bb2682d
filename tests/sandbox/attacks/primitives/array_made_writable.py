# attack: language | makes a protected array writable | without language: said
held = np.arange(3)
held.setflags(write=True)
log("PLUNDER-LANGUAGE", held.flags.writeable)
