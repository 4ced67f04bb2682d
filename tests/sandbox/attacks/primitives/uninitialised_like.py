# attack: language | reads what others left in memory, in the shape of another array | without language: said
model = np.full(64, 7654321, dtype="int64")
held = [model.copy() for _ in range(50)]
held = None
rests = [np.empty_like(model) for _ in range(50)]
if any((rest == 7654321).any() for rest in rests):
    log("PLUNDER-LANGUAGE")
