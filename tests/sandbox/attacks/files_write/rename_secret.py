# attack: raw | renames a planted file
import os
os.rename(params["secret"], params["written"])
