# attack: language | binds a guard's name deep inside an unpacked target | without language: said
(a, (b, [c, _unpack_sequence_])) = (1, (2, [3, 4]))
log("PLUNDER-LANGUAGE")
