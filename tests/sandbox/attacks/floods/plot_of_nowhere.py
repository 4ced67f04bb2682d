# attack: language | draws what cannot be drawn, where nothing is
times = get_market_data(bars=1).index
for odd in (float("nan"), 10**400, "x" * 100_000, [[[]]], {"a": 1}, None, -1e308):
    for given in ({"name": odd}, {"color": odd}, {"style": odd}, {"panel": odd}, {"width": odd}):
        try:
            plot(pd.Series([odd], index=times, dtype=object), **({"name": "line"} | given))
        except Exception as fault:
            log(str(fault)[:60])
