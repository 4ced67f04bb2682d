# attack: language | logs a million empty lines at once
log("\n" * 1_000_000)
