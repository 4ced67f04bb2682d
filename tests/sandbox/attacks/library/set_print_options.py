# attack: language | gives numpy a function to print numbers with | without language: said
np.set_printoptions(formatter={"float": lambda value: "x"})
log("PLUNDER-LANGUAGE", str(np.zeros(1)))
