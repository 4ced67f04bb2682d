# attack: language | makes a table out of blocks nobody checks | without language: said
maker = pd.api.internals.create_dataframe_from_blocks
log("PLUNDER-LANGUAGE", str(maker)[:20])
