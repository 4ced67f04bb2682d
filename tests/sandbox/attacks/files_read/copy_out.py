# attack: raw | copies a planted file to where it could read it | without seccomp+landlock+filesystem+file_size_limit: said
import shutil
log(shutil.copyfile(params["secret"], params["written"]))
log(open(params["written"]).read())
