# attack: language | says how it is to be copied | without language: said
import copy
class Spy:
    def __deepcopy__(self, memo):
        return memo
log("PLUNDER-LANGUAGE", str(copy.deepcopy(Spy()))[:20])
