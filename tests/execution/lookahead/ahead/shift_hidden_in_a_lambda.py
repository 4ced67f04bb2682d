lead = lambda series, bars: series.shift(bars * -1)


def compute(data, params):
    return (lead(data["low"], 2) < data["low"]).astype(int)
