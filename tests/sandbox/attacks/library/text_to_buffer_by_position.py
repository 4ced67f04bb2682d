# attack: language | has to_string write by its first position | without language: said
class Buffer:
    def write(self, text):
        log("PLUNDER-LANGUAGE")
pd.DataFrame({"a": [1]}).to_string(Buffer())
