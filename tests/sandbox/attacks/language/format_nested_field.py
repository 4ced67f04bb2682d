# attack: language | hides a forbidden attribute in a nested format field | without language: said
text = "{0:{1.__class__.__name__}}".format("x", log) if False else "{0:>{1.__code__.co_argcount}}x".format("", log)
log("PLUNDER-LANGUAGE", text[:40])
