# attack: language | asks pandas for the machine's time with a word
if pd.Timestamp("now").isoformat()[:4] != "2026" or abs(pd.Timestamp("now") - pd.Timestamp("2026-01-01 12:00")) > pd.Timedelta("1h"):
    log("PLUNDER-LANGUAGE")
