# attack: language | lists every window of a table as a table of its own
table = pd.DataFrame(np.ones((5000, 20)))
hoard = [window.copy() for window in table.rolling(5000)]
hoard = [window.values * 2 for window in hoard]
