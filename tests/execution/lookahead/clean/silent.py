for _ in get_market_data(bars=20)["close"]:
    pass
