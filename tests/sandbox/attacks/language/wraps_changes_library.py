# attack: language | renames a library's function by wrapping it | without language: said
import functools
changed = functools.wraps(len)(pd.concat)
if changed.__name__ == "len":
    log("PLUNDER-LANGUAGE")
