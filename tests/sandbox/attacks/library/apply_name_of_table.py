# attack: language | has a table's apply call a method by its name
found = pd.DataFrame({"a": [1]}).apply("__getattribute__", args=("__dict__",))
log("PLUNDER-LANGUAGE", len(found))
