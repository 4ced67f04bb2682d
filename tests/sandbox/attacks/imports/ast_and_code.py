# attack: language | imports the parser and the compiler
import ast, codeop
log("PLUNDER-LANGUAGE", ast.literal_eval("1"))
