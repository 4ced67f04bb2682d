# attack: language | says that its signals are from a time that no database has
emit_signal({"value": 1, "timestamp": ["2026-01-01", {"year": 10**9}]})
emit_signal({"value": 1, "timestamp": 1e308})
