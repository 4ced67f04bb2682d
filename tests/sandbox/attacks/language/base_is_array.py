# attack: language | derives from an array | without language: said
class Sly(np.ndarray):
    pass
log("PLUNDER-LANGUAGE", Sly((2,)).size)
