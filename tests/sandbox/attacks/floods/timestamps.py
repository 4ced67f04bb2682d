# attack: language | emits a timestamp larger than the rest of the signal
emit_signal({"value": 1, "timestamp": "2026-01-01T00:00:00Z" * 40_000})
