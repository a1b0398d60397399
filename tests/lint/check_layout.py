#!/usr/bin/env python3
"""Checks what the house's layout promises: who includes whom, no cycles, sizes, names, headers.

usage: check_layout.py [ROOT]
Prints one line for each breach, FILE:LINE: what, and exits with 1 if there is one. Exceptions stand in
exceptions.txt, one a line: RULE PATH REASON.
"""
import json
import os
import re
import shutil
import subprocess
import sys

FOLDERS = ("proto", "collector", "cuda", "analyzer", "plugins", "server", "sampler", "python", "cli",
           "samples", "tests")
CODE = (".h", ".hpp", ".cc", ".cu", ".cuh")
SKIPPED = {"node_modules", "build", "third_party", "__pycache__", "golden", "seeds"}
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 80

# What each folder may include of ours, as path prefixes. A folder may always include itself.
PLUGIN_INTERFACE = "plugins/plugin.h"
MAY_INCLUDE = {
    "proto": (),
    "collector": ("proto/",),
    "cuda": ("proto/", "collector/"),
    "analyzer": ("proto/",),
    "plugins": ("proto/", "analyzer/", PLUGIN_INTERFACE),
    "server": ("proto/", "analyzer/", PLUGIN_INTERFACE),
    "sampler": ("proto/",),
    "cli": ("proto/", "collector/", "cuda/", "analyzer/", "server/", "sampler/", "plugins/"),
    "samples": ("collector/tbprof.h", "collector/tbprof.hpp", "tbprof.h", "tbprof.hpp"),
    "tests": ("",),
}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "v2"}
DEVICE_HEADERS = re.compile(r"^(cuda|cupti|nvml|nvtx|cublas|curand|nvToolsExt|generated_cuda)", re.I)
FORBIDDEN_WORDS = re.compile(
    r"\b(our|this|a) (agent|session of ours)\b|\bsubagent\b|\bLLM\b|\bthe brief\b|\bissues? #?\d+\b"
    r"|\b[\w-]*registry[\w-]*\.(internal|local|corp)\b|\bartifactory\b|\b(npm|pypi)-(proxy|mirror)\b",
    re.I)

breaches = []


def breach(rule, path, line, message):
    breaches.append((rule, path, line, message))


def files_of(root):
    for folder in FOLDERS:
        for place, folders, names in os.walk(os.path.join(root, folder)):
            folders[:] = sorted(name for name in folders if name not in SKIPPED)
            for name in sorted(names):
                yield os.path.relpath(os.path.join(place, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def without_comments(text):
    """The code with comments and the contents of literals blanked; lines stay where they are."""
    pattern = r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
    keep_lines = lambda match: re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(pattern, keep_lines, text, flags=re.S)


def check_includes(path, text, edges):
    parts = path.split("/")
    folder = parts[0]
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"]+)[>"]', text, re.M):
        kind, target = match.groups()
        line = line_of(text, match.start())
        if DEVICE_HEADERS.match(target.split("/")[-1]) and "/" not in target.removeprefix("nvtx3/"):
            if folder not in ("cuda", "samples", "tests"):
                breach("device-header", path, line, f"{target} may be included in cuda/ only")
        target_folder = target.split("/")[0]
        ours = target_folder in FOLDERS or target in ("tbprof.h", "tbprof.hpp")
        if kind == '"' and ".." in target.split("/"):
            breach("include", path, line, f'"{target}" must be written from the root')
        if kind == "<" or not ours:
            continue
        edges.setdefault(path, []).append((target, line))
        if folder == "plugins" and len(parts) > 2 and target_folder == "plugins":
            if target.split("/")[1] != parts[1] and target != PLUGIN_INTERFACE:
                breach("include", path, line, f'a plugin may not include another: "{target}"')
            continue
        if target_folder != folder and not target.startswith(MAY_INCLUDE[folder]):
            breach("include", path, line, f'{folder}/ may not include "{target}"')


def check_cycles(edges):
    """Folders, sub-folders included, must not include each other in a circle."""
    graph = {}
    for path, targets in edges.items():
        source = os.path.dirname(path)
        for target, line in targets:
            if os.path.dirname(target) != source:
                graph.setdefault(source, {}).setdefault(os.path.dirname(target), (path, line))
    done, trail = set(), []

    def visit(folder):
        if folder in trail:
            circle = trail[trail.index(folder):] + [folder]
            path, line = graph[circle[-2]][circle[-1]]
            breach("cycle", path, line, "folders include each other: " + " -> ".join(circle))
            return
        if folder in done:
            return
        trail.append(folder)
        for target in sorted(graph.get(folder, {})):
            visit(target)
        trail.pop()
        done.add(folder)

    for folder in sorted(graph):
        visit(folder)


def namespace_of(path):
    parts = path.split("/")[:-1]
    return "tbprof::" + "::".join(part.strip("_") for part in parts)


def check_header(path, text):
    if "#pragma once" not in text:
        breach("pragma-once", path, 1, "a header needs #pragma once")
    head = text.split("#pragma once")[0]
    if not head.lstrip().startswith(("//", "/*")) or len(head) < 40:
        breach("header-comment", path, 1, "a header opens with what it is for and the thread rule")
    rule = r"thread|Immutable|Borrows|Functions only|stateless"
    if not re.search(rule, head + text[:1500], re.I) and path.split("/")[0] not in ("samples",):
        breach("header-comment", path, 1, "the comment at the top does not give the thread rule")


def check_cpp(path, text, edges):
    check_includes(path, text, edges)
    code = without_comments(text)
    folder = path.split("/")[0]
    if path.endswith((".h", ".hpp")):
        check_header(path, text)
    if folder not in ("tests", "samples"):
        for match in re.finditer(r"\bthrow\b(?!\s*\()", code):
            breach("throw", path, line_of(code, match.start()), "fallible functions return a Result")
    if folder == "samples":
        return
    declared = re.findall(r"^\s*(?:inline\s+)?namespace\s+(tbprof[\w:]*)\s*{", code, re.M)
    allowed = namespace_of(path)
    for name in declared:
        if not (name == allowed or name.startswith(allowed + "::") or folder == "tests"
                or allowed.startswith(name) or name.endswith("TBPROF_PLUGIN")):
            breach("namespace", path, 1, f"namespace {name}, but the path says {allowed}")


def check_functions(root, paths):
    ctags = shutil.which("ctags")
    if ctags is None:
        return
    command = [ctags, "--output-format=json", "--fields=+ne", "--kinds-C++=f", "--languages=C++",
               "--langmap=C++:+.cu.cuh.h", "-f", "-", "-L", "-"]
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, cwd=root)
    if done.returncode != 0:  # another ctags
        return
    for row in done.stdout.splitlines():
        tag = json.loads(row)
        lines = tag.get("end", tag.get("line", 0)) - tag.get("line", 0) + 1
        if lines > MAX_FUNCTION_LINES:
            breach("function-length", tag["path"], tag["line"],
                   f"{tag['name']} has {lines} lines, more than {MAX_FUNCTION_LINES}")


def check_typescript(path, text):
    parts = path.split("/")
    folder = "/".join(parts[:2])
    for match in re.finditer(r"^\s*(?:import|export)\b[^;]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'"
                             r"|\bimport\(\s*'([^']+)'", text, re.M):
        target = next(group for group in match.groups() if group)
        line = line_of(text, match.start())
        if not target.startswith("."):
            continue  # a library, or a module that the bundler makes
        resolved = os.path.normpath(os.path.join(os.path.dirname(path), target))
        if resolved.startswith(folder + "/"):
            continue
        if parts[0] == "plugins" and (parts[1] == "_kit" or not resolved.startswith("plugins/_kit/")):
            breach("import", path, line, f"{folder} may not import {target}")
        if parts[0] == "server" and not resolved.startswith(("plugins/_kit/", "server/")):
            breach("import", path, line, f"{folder} may import plugins/_kit only, not {target}")
    code = without_comments(text)
    if parts[0] == "plugins" and parts[1] != "_kit":
        for match in re.finditer(r"(?<![.\w])(?<!async )(?<!private )fetch\s*\(|\b(?:window|globalThis|self)\.fetch\b"
                                 r"|\bXMLHttpRequest\b|\bnew WebSocket\b", code):
            breach("fetch", path, line_of(code, match.start()),
                   "a panel gets data through the kit's client")
    if parts[0] in ("plugins", "server"):
        for match in re.finditer(r":\s*any\b|\bas any\b|<any>", code):
            breach("any", path, line_of(code, match.start()), "no `any` in TypeScript")


def check_every_file(path, text):
    lines = text.count("\n")
    if path.endswith(CODE + (".ts", ".py", ".mjs", ".css")) and lines > MAX_FILE_LINES:
        breach("file-length", path, lines, f"{lines} lines, more than {MAX_FILE_LINES}")
    for part in re.split(r"[/.]", path):
        if part in BANNED_NAMES:
            breach("name", path, 1, f"'{part}' does not say what is in it")
    name = os.path.basename(path)
    if path.endswith(CODE + (".ts",)) and not re.fullmatch(r"[a-z0-9_.]+", name):
        breach("name", path, 1, "file names are snake_case")
    if not path.startswith("tests/lint/check_layout"):
        for match in FORBIDDEN_WORDS.finditer(text):
            breach("word", path, line_of(text, match.start()),
                   f"'{match.group(0)}' says nothing to a user or contributor")


def check_targets(root):
    for folder in FOLDERS:
        listing = os.path.join(root, folder, "CMakeLists.txt")
        if not os.path.exists(listing):
            breach("target", folder, 1, "has no CMakeLists.txt")
            continue
        if folder in ("tests", "python"):  # nothing to link with
            continue
        if not re.search(r"add_(library|executable|subdirectory)\s*\(", read(root, listing)):
            breach("target", folder + "/CMakeLists.txt", 1, "defines no target")


def load_exceptions(root):
    exceptions = {}
    path = os.path.join(root, "tests/lint/exceptions.txt")
    if not os.path.exists(path):
        return exceptions
    for number, line in enumerate(read(root, path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(None, 2)
        if len(words) < 3:
            breach("exception", "tests/lint/exceptions.txt", number, "RULE PATH REASON expected")
            continue
        exceptions[(words[0], words[1])] = number
    return exceptions


def main():
    root = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else
                           os.path.join(os.path.dirname(__file__), "../.."))
    edges, cpp = {}, []
    for path in files_of(root):
        if not path.endswith(CODE + (".ts", ".py", ".mjs", ".sh", ".css", ".md", ".txt", ".html")):
            continue
        text = read(root, path)
        check_every_file(path, text)
        if path.endswith(CODE):
            cpp.append(path)
            check_cpp(path, text, edges)
        elif path.endswith(".ts"):
            check_typescript(path, text)
    check_cycles(edges)
    check_functions(root, cpp)
    check_targets(root)
    exceptions = load_exceptions(root)
    used = {(rule, path) for rule, path, _, _ in breaches} & set(exceptions)
    left = [b for b in breaches if (b[0], b[1]) not in exceptions]
    for key in sorted(set(exceptions) - used):
        left.append(("exception", "tests/lint/exceptions.txt", exceptions[key],
                     f"is not needed any more: {key[0]} {key[1]}"))
    for rule, path, line, message in sorted(left):
        print(f"{path}:{line}: {message} [{rule}]")
    print(f"{len(cpp)} C++ files, {len(left)} breaches, {len(used)} accepted exceptions")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
