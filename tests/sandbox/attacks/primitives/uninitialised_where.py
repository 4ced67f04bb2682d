# attack: language | reads what others left in memory through a function that skips | without language: said
held = [np.full(64, 2345678, dtype="int64") for _ in range(50)]
held = None
ones = np.ones(64, dtype="int64")
rests = [np.add(ones, ones, where=ones > 1) for _ in range(50)]
if any((rest == 2345678).any() for rest in rests):
    log("PLUNDER-LANGUAGE")
