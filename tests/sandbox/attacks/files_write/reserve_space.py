# attack: raw | makes a planted file longer
import os
os.posix_fallocate(os.open(params["secret"], os.O_RDWR), 0, 4096)
