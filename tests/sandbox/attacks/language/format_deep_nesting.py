# attack: language | hides a forbidden attribute in the width of a format's width
text = "{0:{1:{2.__code__.co_argcount}}}".format("x", 9, log)
log("PLUNDER-LANGUAGE", text)
