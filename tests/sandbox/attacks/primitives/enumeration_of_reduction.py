# attack: language | has an enumeration's call say how it is rebuilt | without language: said
from enum import Enum
import copy
Evil = Enum("Evil", {"A": 1, "__deepcopy__": lambda self, memo: "PLUNDER-" + "LANGUAGE"})
log(copy.deepcopy(Evil.A))
