# attack: language | raises an error with an enormous message
raise ValueError("x" * 30_000_000)
