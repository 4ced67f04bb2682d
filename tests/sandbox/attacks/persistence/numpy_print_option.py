# attack: raw twice | sets how numpy prints
if np.get_printoptions()["precision"] == 3:
    log("PLUNDER-PERSISTENCE")
np.set_printoptions(precision=3)
