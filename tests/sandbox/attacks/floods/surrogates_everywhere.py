# attack: language | puts lone surrogates and NUL wherever text may be
emit_signal({"value": "\ud800\x00", "\udfff\x00": ["\ud83d", {"\x00": "\x00"}], "timestamp": None})
log("\ud800 \x00 \udfff")
raise ValueError("\udc80\x00" * 300)
