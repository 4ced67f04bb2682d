# attack: language | has to_string write into an object of its own | without language: said
class Buffer:
    def write(self, text):
        log("PLUNDER-LANGUAGE")
pd.DataFrame({"a": [1]}).to_string(buf=Buffer())
