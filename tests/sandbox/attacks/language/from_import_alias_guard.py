# attack: language | imports a name as a guard | without language: said
from math import sqrt as _getattr_
log("PLUNDER-LANGUAGE", _getattr_(4))
