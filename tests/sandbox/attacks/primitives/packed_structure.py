# attack: language | packs an address into bytes | without language: said
import struct
log("PLUNDER-LANGUAGE", len(struct.pack("P", 4096)))
