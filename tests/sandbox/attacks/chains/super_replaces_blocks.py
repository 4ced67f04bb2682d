# attack: language | gives a series an inside of its own making through super | without language: said
class Inside:
    axes = [pd.Index([0])]
    ndim = 1
    def copy(self, deep=False):
        return self
series = pd.Series([1.0])
getattr(super(pd.Series, series), "__init__")(Inside())
log("PLUNDER-LANGUAGE", series.ndim)
