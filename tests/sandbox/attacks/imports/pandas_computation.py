# attack: language | imports the evaluator of pandas | without language: said
from pandas.core.computation.eval import eval as evaluate
log("PLUNDER-LANGUAGE", evaluate("1 + 1"))
