"""What clients/python promises of its files: python_modules.py DIR. They are Python 3.9 by their grammar and import nothing but the standard library."""
import ast
import pathlib
import sys

files = sorted(pathlib.Path(sys.argv[1]).glob("*.py"))
ours = {file.stem for file in files}
assert ours == {"docket", "qdo"}, ours
for file in files:
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file), feature_version=(3, 9))
    assert ast.get_docstring(tree), file
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            top = name.split(".")[0]
            assert top in ours or top in sys.stdlib_module_names, (file, name)
