# attack: raw twice | has numpy treat errors otherwise in the next run
with np.errstate(divide="raise"):
    pass
seen = []
try:
    np.float64(1.0) / np.float64(0.0)
except FloatingPointError:
    log("PLUNDER-PERSISTENCE")
keeper = np.errstate(divide="raise")
keeper.__enter__
