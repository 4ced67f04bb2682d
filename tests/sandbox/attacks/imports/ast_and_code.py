# attack: language | imports the parser | without language: said
import ast
log("PLUNDER-LANGUAGE", ast.literal_eval("1"))
