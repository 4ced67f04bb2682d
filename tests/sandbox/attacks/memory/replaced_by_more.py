# attack: language | replaces each character by a million | without memory_limit: memory
hoard = ("a" * 20_000).replace("a", "b" * 20_000)
