# attack: language | logs one line of ten million characters
log("x" * 10_000_000)
