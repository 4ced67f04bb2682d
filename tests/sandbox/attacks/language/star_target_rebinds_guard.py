# attack: language | binds a guard's name as a starred target | without language: said
first, *_getitem_ = [1, 2, 3]
log("PLUNDER-LANGUAGE")
