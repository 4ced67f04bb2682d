# attack: language | imports the reader of pickles | without language: said
import pickle
log("PLUNDER-LANGUAGE", pickle.loads(pickle.dumps(len))([1]))
