def compute(data, params):
    lines, _ = ta.ichimoku(data["high"], data["low"], data["close"], lookahead=False)
    return lines
