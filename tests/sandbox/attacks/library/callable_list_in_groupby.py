# attack: language | hides an attribute's name from a grouping in a function that is also a list
class Names:
    def __call__(self, values):
        return 1
    def __iter__(self):
        return iter(["__sizeof__"])
    def __len__(self):
        return 1
found = pd.Series([1.0, 2.0]).groupby([0, 1]).agg(Names())
if "__sizeof__" in found.columns:
    log("PLUNDER-LANGUAGE")
