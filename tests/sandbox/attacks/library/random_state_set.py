# attack: language | puts the generator into a state of its own | without language: said
import random
random.setstate(random.getstate())
log("PLUNDER-LANGUAGE")
