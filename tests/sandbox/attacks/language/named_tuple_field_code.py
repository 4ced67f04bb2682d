# attack: language | hides code in the name of a tuple's field | without language: said
from collections import namedtuple
try:
    namedtuple("Pair", ["a=print('x')"])
    reached = True
except ValueError:
    reached = hasattr(namedtuple, "__globals__")
log("PLUNDER-LANGUAGE" if reached else "nothing")
