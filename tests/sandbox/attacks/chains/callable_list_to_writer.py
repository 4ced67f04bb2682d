# attack: language | goes from a function that is a list to a writer of files | without language: said
class Names:
    def __call__(self, values):
        return 1
    def __iter__(self):
        return iter(["to_pickle"])
    def __len__(self):
        return 1
held = pd.Series([1.0])
try:
    held.agg(Names(), 0, params["written"])
    log("PLUNDER-LANGUAGE")
except OSError:
    log("PLUNDER-LANGUAGE")
