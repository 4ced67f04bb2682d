# attack: language | walks dotted private attributes with attrgetter | without language: said
import operator
log("PLUNDER-LANGUAGE", str(operator.attrgetter("_mgr.blocks")(pd.Series([1.0])))[:20])
