# attack: language | casts a series of words to the machine's time
moment = pd.Series(["now"]).astype("datetime64[ns]").iloc[0]
if abs(moment - pd.Timestamp("2026-01-01 12:00")) > pd.Timedelta("1h"):
    log("PLUNDER-LANGUAGE")
