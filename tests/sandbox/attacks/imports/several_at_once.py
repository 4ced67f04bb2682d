# attack: language | hides a forbidden module among allowed ones | without language: said
import math, sys, json
log("PLUNDER-LANGUAGE", sys.platform)
