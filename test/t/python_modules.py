"""What clients/python promises of its files: python_modules.py DIR. They are Python 3.9 by their grammar (docket.py and remotejobs.py: 3.6)
and import nothing but the standard library; and docket.py can be started where that is the one of 3.6."""
import argparse
import ast
import importlib
import os
import pathlib
import signal
import ssl
import sys
import types

files = sorted(pathlib.Path(sys.argv[1]).glob("*.py"))
ours = {file.stem for file in files}
assert ours == {"docket", "qdo", "remotejobs"}, ours
for file in files:
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file), feature_version=(3, 9 if file.stem == "qdo" else 6))
    assert ast.get_docstring(tree), file
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            top = name.split(".")[0]
            assert top in ours or top in sys.stdlib_module_names, (file, name)

# What a Python 3.6 has not, taken away from this one: the module is made and its command line read.
text = (pathlib.Path(sys.argv[1]) / "docket.py").read_text(encoding="utf-8")
for node in ast.walk(ast.parse(text)):
    for name in [alias.name for alias in node.names] if isinstance(node, ast.Import) else []:
        importlib.import_module(name)  # the library itself needs what goes now
LATER = [(ssl, "TLSVersion"), (ssl, "SSLCertVerificationError"), (os, "register_at_fork"), (signal, "strsignal")]
for module, name in LATER:
    delattr(module, name)
sys.version_info = (3, 6, 8, "final", 0)  # type: ignore[assignment]
assert "from __future__ import annotations" not in text  # 3.7
docket = types.ModuleType("docket")
sys.modules["docket"] = docket
exec(compile(text, "docket.py", "exec"), docket.__dict__)
assert docket._signal_name(9) == "SIGKILL" and docket._signal_name(200) == "?"
assert isinstance(docket._parser().parse_args(["work", "q", "--pin", "p"]), argparse.Namespace)
