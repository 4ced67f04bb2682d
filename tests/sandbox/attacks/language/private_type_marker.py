# attack: language | makes pandas believe that its own object is a series | without language: said
class Fake:
    _typ = "series"
    index = pd.Index([0])
    name = "x"
    _values = np.zeros(1)
fake = Fake()
log("PLUNDER-LANGUAGE", fake._typ)
