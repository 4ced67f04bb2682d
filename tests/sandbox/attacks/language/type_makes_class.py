# attack: language | makes a class without a class statement | without language: said
Made = type("Made", (object,), {"__array_interface__": 1})
log("PLUNDER-LANGUAGE", Made.__name__)
