# attack: language | rebuilds an instant with numbers nobody checks | without language: said
maker = pd._libs.tslibs.timestamps._unpickle_timestamp
log("PLUNDER-LANGUAGE", str(maker(0, None, None, 10)))
