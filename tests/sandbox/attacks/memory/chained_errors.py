# attack: language | chains errors that each keep what was at hand
fault = None
while True:
    try:
        much = np.ones(100_000)
        raise ValueError(much) from fault
    except ValueError as caught:
        fault = caught
