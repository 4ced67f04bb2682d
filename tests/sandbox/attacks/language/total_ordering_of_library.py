# attack: language | fills a library's class with comparisons | without language: said
import functools
log("PLUNDER-LANGUAGE", str(functools.total_ordering(pd.Timestamp))[:20])
