# attack: language | chains errors that each keep what was at hand | without memory_limit: memory
fault = None
for number in range(400):
    try:
        much = np.ones(100_000)
        raise ValueError(much) from fault
    except ValueError as caught:
        fault = caught
