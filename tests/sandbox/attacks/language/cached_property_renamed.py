# attack: language | has a cached property write under a protocol's name | without language: said
import functools
held = functools.cached_property(lambda self: 1)
held.__set_name__(None, "__array_interface__")
log("PLUNDER-LANGUAGE", held.attrname)
