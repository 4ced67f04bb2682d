def compute(data, params):
    out = data["close"].diff()
    friday = data.index.dayofweek == 4
    out[friday] = data["close"].diff().shift(-1)[friday]
    return out
