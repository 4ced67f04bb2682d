# attack: language | emits integers longer than any database counts
emit_signal({"value": 2 ** 1023, "more": [2 ** 1000 + number for number in range(2000)]})
emit_signal({"value": 7 ** 60_000})
