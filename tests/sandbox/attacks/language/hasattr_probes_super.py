# attack: language | asks hasattr about super what getattr may refuse | without language: said
if hasattr(super(pd.Series, pd.Series([1])), "to_pickle"):
    log("PLUNDER-LANGUAGE")
