# attack: raw | has the tokenizer open a planted file | without seccomp+landlock+filesystem: said
import tokenize
log(tokenize.open(params["secret"]).read())
