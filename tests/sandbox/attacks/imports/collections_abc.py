# attack: language | imports the abstract classes whose private module holds sys | without language: said
import _collections_abc
log("PLUNDER-LANGUAGE", _collections_abc.sys.platform)
