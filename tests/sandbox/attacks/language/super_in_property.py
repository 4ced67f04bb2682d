# attack: language | hides super in a property of its own class | without language: said
frame = pd.DataFrame({"a": [1]})
class Bag:
    look = property(lambda self: super(pd.DataFrame, frame))
log("PLUNDER-LANGUAGE", str(Bag().look.to_clipboard)[:20])
