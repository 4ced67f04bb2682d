# attack: language | names a lambda's collected arguments like a guard | without language: said
shadow = lambda *_inplacevar_, **others: "PLUNDER-LANGUAGE"
log(shadow(1))
