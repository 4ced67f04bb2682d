# attack: language | uses getattr's default to probe for forbidden attributes | without language: said
found = [n for n in ("__code__", "__closure__", "__self__") if getattr(log, n, None) is not None]
if found:
    log("PLUNDER-LANGUAGE", found)
