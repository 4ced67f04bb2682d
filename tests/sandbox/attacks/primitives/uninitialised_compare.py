# attack: language | reads what others left in memory through a comparison that skips | without language: said
held = [np.ones(4096, dtype=bool) for _ in range(50)]
held = None
ones = np.ones(4096)
rests = [np.less(ones, ones, where=ones > 1) for _ in range(50)]
if any(rest.any() for rest in rests):
    log("PLUNDER-LANGUAGE")
