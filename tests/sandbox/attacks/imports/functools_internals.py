# attack: language | imports a module that functools keeps as a name | without language: said
from functools import GenericAlias, get_cache_token
log("PLUNDER-LANGUAGE", GenericAlias)
