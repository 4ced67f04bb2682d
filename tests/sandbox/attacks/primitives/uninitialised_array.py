# attack: language | reads what others left in memory | without language: said
import numpy as np
held = [np.full(64, 1234567, dtype="int64") for _ in range(50)]
held = None
rests = [np.empty(64, dtype="int64") for _ in range(50)]
if any((rest == 1234567).any() for rest in rests):
    log("PLUNDER-LANGUAGE")
