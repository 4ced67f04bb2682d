# attack: language | renames a library's class to one it may derive from
import functools
class Exception_:
    pass
Exception_.__name__ = "Exception"
changed = functools.wraps(Exception_)(pd.DataFrame)
log("PLUNDER-LANGUAGE", changed.__name__)
