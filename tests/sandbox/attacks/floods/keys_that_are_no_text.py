# attack: language | names values by what JSON has no names for
emit_signal({"value": 1, float("nan"): 2, float("inf"): 3, None: 4, True: 5, 10**400: 6})
result = {("a",) * 100_000: 1, np.float64("nan"): 2, pd.NaT: 3}
