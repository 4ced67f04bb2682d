# attack: language | parametrises a class to get an alias object | without language: said
alias = list[int]
log("PLUNDER-LANGUAGE", getattr(alias, "__origin__"))
