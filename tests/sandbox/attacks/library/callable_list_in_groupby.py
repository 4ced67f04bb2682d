# attack: language | hides an attribute's name from a grouping in a function that is also a list | without language: said
class Names:
    def __call__(self, values):
        return 1
    def __iter__(self):
        return iter(["_selected_obj"])
    def __len__(self):
        return 1
try:
    pd.Series([1.0, 2.0]).groupby([0, 1]).agg(Names())
except TypeError as fault:
    if "object is not callable" in str(fault):
        log("PLUNDER-LANGUAGE")
