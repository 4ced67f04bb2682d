# attack: language | hides a method's name behind a dictionary's default | without language: said
from collections import defaultdict
names = defaultdict(lambda: "__sizeof__", a="__sizeof__")
log("PLUNDER-LANGUAGE", str(pd.DataFrame({"a": [1.0]}).agg(names))[:20])
