# attack: language | imports what a facade keeps beside its names | without language: said
import math
log("PLUNDER-LANGUAGE", math.__name__)
