# attack: language | imports the abstract classes whose module holds sys
from collections import abc
log("PLUNDER-LANGUAGE", abc.sys.platform)
