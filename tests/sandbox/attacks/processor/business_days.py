# attack: language | has pandas count business days one by one
start = pd.Timestamp("2020-01-01")
weeks = pd.offsets.BDay(1)
result = str(sum(start + weeks > start for number in range(10**9)))
