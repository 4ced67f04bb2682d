# attack: language | has an enumeration's call derive from a library's class | without language: said
from enum import Enum
Evil = Enum("Evil", {"A": "to_csv"}, type=str)
log("PLUNDER-LANGUAGE" if isinstance(Evil.A, str) else "")
