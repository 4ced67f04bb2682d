# attack: language | imports the reader of code objects | without language: said
import marshal
log("PLUNDER-LANGUAGE", str(marshal.loads(marshal.dumps(compile("1", "", "eval"))))[:20])
