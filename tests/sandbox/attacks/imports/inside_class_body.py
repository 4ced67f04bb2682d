# attack: language | imports a forbidden module in a class body | without language: said
class Holder:
    import gc
log("PLUNDER-LANGUAGE", len(Holder.gc.get_objects()))
