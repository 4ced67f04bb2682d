# attack: language | imports one function of a forbidden module | without language: said
from os import getpid
log("PLUNDER-LANGUAGE", getpid())
