# attack: language | binds a guard's name in a loop's unpacked target | without language: said
for number, (_getattr_, other) in [(1, (2, 3))]:
    log("PLUNDER-LANGUAGE")
