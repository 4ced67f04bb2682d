# attack: language | replaces each character by a million
hoard = ("a" * 1_000_000).replace("a", "b" * 1_000_000)
