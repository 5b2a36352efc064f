"""The blocks of commands in a document, by their tags: blocks.py FILE TAG prints those of ```LANGUAGE TAG…, in order; blocks.py FILE
lists the tags, and complains of a block without one."""
import pathlib
import re
import sys

path, *wanted = sys.argv[1:]
blocks = re.findall(r"^```(\S*)[ ]*(.*)\n((?s:.*?))^```$", pathlib.Path(path).read_text(), re.M)
untagged = [text for _, tags, text in blocks if not tags]
if untagged:
    sys.exit(f"{path}: a block has no tag: {untagged[0][:60]!r}")
if not wanted:
    print("\n".join(sorted({tag for _, tags, _ in blocks for tag in tags.split()})))
found = [text for _, tags, text in blocks if wanted and wanted[0] in tags.split()]
if wanted and not found:
    sys.exit(f"{path}: no block is tagged {wanted[0]}")
print("".join(found), end="")
