# attack: language | names a method by a text that lies about what it is | without language: said
from enum import StrEnum
class Name(StrEnum):
    A = "_mgr"
    def __eq__(self, other):
        return state[0] < 2 or str.__eq__(self, other)
    def __hash__(self):
        state[0] += 1
        return hash("sum") if state[0] < 2 else hash("_mgr")
    def __str__(self):
        return self
state = [0]
found = pd.Series([1.0]).agg([Name.A])
if "Manager" in str(found.iloc[0]):
    log("PLUNDER-LANGUAGE")
