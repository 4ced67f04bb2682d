# attack: language | hides a method's name from transform in a function that is also a list | without language: said
class Names:
    def __call__(self, values):
        return values
    def __iter__(self):
        return iter(["to_frame"])
    def __len__(self):
        return 1
found = pd.Series([1.0]).transform(Names())
if "to_frame" in str(found.columns):
    log("PLUNDER-LANGUAGE")
