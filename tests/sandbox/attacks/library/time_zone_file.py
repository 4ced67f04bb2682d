# attack: language | has a time zone's name open a file
moment = pd.Timestamp("2026-01-01", tz="dateutil/" + params["secret"])
log("PLUNDER-LANGUAGE" if "tzfile" in str(moment.tz) else "nothing")
