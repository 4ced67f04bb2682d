# attack: language | uses attrgetter to walk dotted attributes | without language: said
import operator
reached = operator.attrgetter("__globals__")(log)
log("PLUNDER-LANGUAGE", len(reached))
