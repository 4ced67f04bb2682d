# attack: raw | has a temporary file made
import os, tempfile
file, name = tempfile.mkstemp(dir=params["folder"])
os.rename(name, params["written"])
