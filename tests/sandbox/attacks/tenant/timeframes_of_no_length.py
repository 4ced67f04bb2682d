# attack: language | asks for bars of a length at which every bar has closed, or none ever opened
for timeframe in ("0m", "-1m", "-1d", "1m ", "1M", "99999999d", "1e9d", "m", "\u0661m", "1m\x00", "1d/../1m"):
    try:
        bars = get_market_data(timeframe=timeframe, bars=5)
        if len(bars) and bars.index[-1] > pd.Timestamp(get_timestamp()):
            log("PLUNDER-" + "FUTURE")
    except Exception as fault:
        log(str(fault)[:60])
