# attack: raw | has pandas read a planted file by a table's other reader | without seccomp+landlock+filesystem: said
log(str(pd.read_table(params["secret"])))
