# attack: language | has info() write into an object of its own | without language: said
class Buffer:
    def write(self, text):
        log("PLUNDER-LANGUAGE")
pd.DataFrame({"a": [1]}).info(buf=Buffer())
