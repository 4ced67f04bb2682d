# attack: raw | derives a key two thousand million times inside a library, without the interpreter's lock
import hashlib
hashlib.pbkdf2_hmac("sha1", b"x", b"y", 2**31 - 1)
