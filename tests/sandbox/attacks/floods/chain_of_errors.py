# attack: language | ends with an error that was caused a hundred thousand times
fault = None
for number in range(100_000):
    try:
        raise ValueError("x" * 100) from fault
    except ValueError as caught:
        fault = caught
raise fault
