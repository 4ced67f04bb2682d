# attack: language | hides super's arguments in partial | without language: said
import functools
frame = pd.DataFrame({"a": [1]})
look = functools.partial(super, pd.DataFrame)
log("PLUNDER-LANGUAGE", str(getattr(look(frame), "to_json"))[:20])
