# attack: language | binds a guard's name as a loop's target | without language: said
for _getiter_ in [1]:
    log("PLUNDER-LANGUAGE")
