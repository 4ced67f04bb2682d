# attack: language | begins a range of dates at the machine's time
moment = pd.date_range("now", periods=1)[0]
if abs(moment - pd.Timestamp("2026-01-01 12:00")) > pd.Timedelta("1h"):
    log("PLUNDER-LANGUAGE")
