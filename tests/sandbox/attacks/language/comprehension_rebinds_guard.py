# attack: language | binds a guard's name in a comprehension | without language: said
[0 for _getattr_ in (lambda owner, name: 1,)]
log("PLUNDER-LANGUAGE")
