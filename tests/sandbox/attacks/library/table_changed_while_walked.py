# attack: language | replaces a name in a checked dictionary while pandas walks it | without language: said
def swap(values):
    inner[0] = "_mgr"
    return 1
inner = ["sum"]
frame = pd.DataFrame({"a": [1], "b": [2]})
found = frame.agg({"a": [swap], "b": inner})
if "_mgr" in found.index:
    log("PLUNDER-LANGUAGE")
