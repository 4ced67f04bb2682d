# attack: language | imports the module behind the future statements | without language: said
import __future__ as future
log("PLUNDER-LANGUAGE", future.annotations.compiler_flag)
