# attack: language | hides a method's name in a function that is also a list | without language: said
class Names:
    def __call__(self, values):
        return 1
    def __iter__(self):
        return iter(["_mgr"])
    def __len__(self):
        return 1
found = pd.Series([1.0]).agg(Names())
if "_mgr" in found.index:
    log("PLUNDER-LANGUAGE")
