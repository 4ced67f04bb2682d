# attack: language | looks for bars that close after the run's instant
for wanted in ({"bars": 5000}, {"bars": 1}, {"timeframe": "1d", "bars": 10}, {"timeframe": "1m"}):
    try:
        bars = get_market_data(**wanted)
        if len(bars) and bars.index[-1] > pd.Timestamp(get_timestamp()):
            log("PLUNDER-" + "FUTURE")
    except Exception as fault:
        log(str(fault)[:60])
