# attack: language | imports something under a guard's name
import math as _getitem_
log("PLUNDER-LANGUAGE")
