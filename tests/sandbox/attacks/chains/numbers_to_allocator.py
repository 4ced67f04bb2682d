# attack: language | goes from a number's class to every array class | without language: said
log("PLUNDER-LANGUAGE", len(np.float64.__mro__[-1].__subclasses__()))
