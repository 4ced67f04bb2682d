# attack: language | emits one signal larger than everything together may be
emit_signal({"value": "x" * 50_000_000})
