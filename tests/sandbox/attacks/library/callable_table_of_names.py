# attack: language | hides a method's name in a function that is also a dictionary | without language: said
class Names:
    def __call__(self, values):
        return 41
    def __iter__(self):
        return iter(["a"])
    def __len__(self):
        return 1
    def __contains__(self, key):
        return key == "a"
    def __getitem__(self, key):
        return "__class__"
    def keys(self):
        return ["a"]
    def values(self):
        return ["__class__"]
    def items(self):
        return [("a", "__class__")]
found = pd.DataFrame({"a": [1]}).apply(Names())
if "41" not in str(found):
    log("PLUNDER-LANGUAGE")
