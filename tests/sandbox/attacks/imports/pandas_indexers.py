# attack: language | imports the base class that gives rolling its bounds | without language: said
from pandas.api.indexers import BaseIndexer
log("PLUNDER-LANGUAGE", str(BaseIndexer)[:20])
