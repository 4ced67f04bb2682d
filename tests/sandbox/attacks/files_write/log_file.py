# attack: raw | has the logging library write a file | without seccomp+landlock+filesystem: written
import logging
logging.FileHandler(params["written"])
