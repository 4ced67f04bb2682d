# attack: language | imports the generator that reads the machine's entropy | without language: said
from random import SystemRandom
log("PLUNDER-LANGUAGE", SystemRandom().random())
