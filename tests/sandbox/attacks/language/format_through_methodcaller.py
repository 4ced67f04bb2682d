# attack: language | has methodcaller call format | without language: said
import operator
log("PLUNDER-LANGUAGE", operator.methodcaller("format", log)("{0.__code__}")[:30])
