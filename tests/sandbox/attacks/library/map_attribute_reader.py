# attack: language | maps a series of functions to their code | without language: said
import operator
found = pd.Series([log]).map(operator.attrgetter("__code__"))
log("PLUNDER-LANGUAGE", str(found.iloc[0])[:20])
