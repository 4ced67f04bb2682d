# attack: language | names a method by a text that shows another text | without language: said
from enum import StrEnum
class Name(StrEnum):
    A = "_mgr"
    def __str__(self):
        return "sum"
found = pd.Series([1.0]).agg([Name.A])
if "Manager" in str(found.iloc[0]):
    log("PLUNDER-LANGUAGE")
