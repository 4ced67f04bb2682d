# attack: raw | appends to a planted file
import os
os.write(os.open(params["secret"], os.O_WRONLY | os.O_APPEND), b"x")
