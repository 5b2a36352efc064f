"""Turns a text file into C: embed_text.py NAME FILE OUT makes `const char NAME[]` of it, a line of C for each of its own."""
import pathlib
import sys

name, source, out = sys.argv[1:]
lines = pathlib.Path(source).read_text().splitlines()
quoted = ('    "' + line.replace('\\', '\\\\').replace('"', '\\"').replace('?', '\\?') + '\\n"\n' for line in lines)
pathlib.Path(out).write_text(f'extern const char {name}[];\nconst char {name}[] =\n' + ''.join(quoted) + '    ;\n')
