# attack: language | asks numpy for the machine's time with a word | without language: said
moment = pd.Timestamp(np.datetime64("now"))
if abs(moment - pd.Timestamp("2026-01-01 12:00")) > pd.Timedelta("1h"):
    log("PLUNDER-LANGUAGE")
