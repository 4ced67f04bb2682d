# attack: language | emits what JSON and the database cannot hold
emit_signal({"value": float("nan"), "high": float("inf"), "text": "\x00\ud800", "big": 1e308 * 10})
result = -float("inf")
