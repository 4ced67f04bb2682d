# attack: raw | copies a folder
import shutil
shutil.copytree(params["folder"], params["written"], symlinks=True)
