# attack: language | repeats a table end to end without end
table = pd.DataFrame({"a": np.ones(1000)})
while True:
    table = pd.concat([table, table])
