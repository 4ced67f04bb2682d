def compute(data, params):
    direction = np.sign(data["close"].diff()).fillna(0.0)
    return (direction * data["volume"]).cumsum()
