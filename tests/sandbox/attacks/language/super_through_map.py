# attack: language | has map bind super to a library's objects | without language: said
frame = pd.DataFrame({"a": [1]})
[look] = map(super, [pd.DataFrame], [frame])
log("PLUNDER-LANGUAGE", str(look.to_sql)[:20])
