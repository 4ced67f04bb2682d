# attack: language | hands an array's memory over by the exchange protocol | without language: said
log("PLUNDER-LANGUAGE", str(np.zeros(1).__dlpack__())[:20])
