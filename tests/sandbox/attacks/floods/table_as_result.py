# attack: language | returns a table of a million cells
result = pd.DataFrame(np.random.rand(1000, 1000))
