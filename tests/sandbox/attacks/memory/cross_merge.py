# attack: language | pairs every row with every row of itself, again and again
table = pd.DataFrame({"a": range(1000)})
for times in range(5):
    table = table.merge(table, how="cross").iloc[:, :1].set_axis(["a"], axis=1)
