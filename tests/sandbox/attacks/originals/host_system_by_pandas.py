# attack: language | reaches os through pandas, as the originals let it | without language: said
found = pd.io.common.os
log("PLUNDER-LANGUAGE", found.getpid())
