# attack: language | passes a writer's bound method to apply
frame = pd.DataFrame({"a": [params["written"]]})
frame["a"].apply(frame.to_csv)
log("PLUNDER-LANGUAGE")
