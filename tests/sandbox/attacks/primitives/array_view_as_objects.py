# attack: language | looks at whole numbers as objects | without language: said
view = np.array([0, 0]).view("V8")
log("PLUNDER-LANGUAGE", view.dtype)
