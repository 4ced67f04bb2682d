# attack: language | imports something under a guard's name | without language: said
import math as _getitem_
log("PLUNDER-LANGUAGE")
