# attack: language | hides a method's name in a chain of dictionaries | without language: said
from collections import ChainMap
found = pd.DataFrame({"a": [1.0]}).agg(ChainMap({"a": "__sizeof__"}))
log("PLUNDER-LANGUAGE", str(found)[:20])
