#!/usr/bin/env python3
"""Checks the project's Python: every file is read by Python 3.9, lines end at 120 characters, no name
is imported without use, and nothing is printed by what runs inside users' programs.

usage: check_python.py ROOT
"""

import ast
import os
import sys

FOLDERS = ("python", "samples", "tests")
OLDEST = (3, 9)
MAX_LINE = 120


def files_of(root):
    for folder in FOLDERS:
        for place, folders, names in os.walk(os.path.join(root, folder)):
            folders[:] = sorted(set(folders) - {"node_modules", "__pycache__"})
            for name in sorted(names):
                if name.endswith(".py"):
                    yield os.path.relpath(os.path.join(place, name), root)


def unused_imports(tree, text):
    """(line, name) of imports whose name the file never mentions again."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        if "noqa" in text.splitlines()[node.lineno - 1]:
            continue
        for alias in node.names:
            name = (alias.asname or alias.name).split(".")[0]
            if name not in used and f'"{name}"' not in text:
                yield node.lineno, f"{name} is imported and not used"


def breaches(path, text):
    try:
        tree = ast.parse(text, path, feature_version=OLDEST)
    except SyntaxError as error:
        yield error.lineno, f"Python {OLDEST[0]}.{OLDEST[1]} cannot read it: {error.msg}"
        return
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > MAX_LINE:
            yield number, f"{len(line)} characters, more than {MAX_LINE}"
        if line != line.rstrip():
            yield number, "blanks at the end"
    yield from unused_imports(tree, text)
    if path.startswith("python/"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
                yield node.lineno, "a user's program must not find our text in its output"


def main(root):
    count = 0
    found = 0
    for path in files_of(root):
        count += 1
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        for line, sentence in breaches(path, text):
            print(f"{path}:{line}: {sentence}")
            found += 1
    print(f"{count} Python files, {found} breaches")
    return 1 if found or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
