# attack: language | looks at bytes as memory | without language: said
log("PLUNDER-LANGUAGE", memoryview(b"abc").obj)
