# attack: raw | waits for an answer to a question it never asked
import os
os.read(BROKER_FD, 1)
