# attack: language | binds super to a foreign type
reached = getattr(super(int, 5), "__reduce__")
log("PLUNDER-LANGUAGE", reached())
