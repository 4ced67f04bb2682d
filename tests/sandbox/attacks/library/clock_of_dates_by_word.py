# attack: language | has pandas convert a word to the machine's time
moment = pd.to_datetime("now").tz_localize(None)
if abs(moment - pd.Timestamp("2026-01-01 12:00")) > pd.Timedelta("1h"):
    log("PLUNDER-LANGUAGE")
