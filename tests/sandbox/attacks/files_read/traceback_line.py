# attack: raw | has a traceback quote a planted file | without seccomp+landlock+filesystem: said
import traceback
stack = traceback.StackSummary.from_list([(params["secret"], 1, "f", None)])
log(stack.format()[0])
