# attack: language | emits a signal with a hundred thousand names
emit_signal({"value": 1} | {f"name {number}": number for number in range(100_000)})
