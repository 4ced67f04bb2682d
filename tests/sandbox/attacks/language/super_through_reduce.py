# attack: language | has reduce bind super to a library's object | without language: said
import functools
index = functools.reduce(super, [pd.DatetimeIndex, pd.DatetimeIndex(["2026-01-01"])])
log("PLUNDER-LANGUAGE", str(index.array)[:20] if hasattr(index, "array") else index.nothing)
