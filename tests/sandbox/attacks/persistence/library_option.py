# attack: language twice | changes a library's global state for the next run
index = pd.DataFrame({"a": [1]}).columns
if index.name == "marked":
    log("PLUNDER-PERSISTENCE")
index.name = "marked"
