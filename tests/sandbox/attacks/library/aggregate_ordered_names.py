# attack: language | hides a method's name in an ordered dictionary | without language: said
from collections import OrderedDict
found = pd.DataFrame({"a": [1.0]}).agg(OrderedDict(a="__sizeof__"))
log("PLUNDER-LANGUAGE", str(found)[:20])
