# attack: language | replaces the built-ins by a dictionary of its own | without language: said
__builtins__ = {}
log("PLUNDER-LANGUAGE")
