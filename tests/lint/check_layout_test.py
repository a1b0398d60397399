"""Each rule of check_layout.py finds a breach of it, and a tree without breaches passes."""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDERS = ("proto", "collector", "cuda", "analyzer", "plugins", "server", "sampler", "python", "cli",
           "samples", "tests")
HEADER = "// What it is for, in a sentence that says enough. Any thread.\n#pragma once\n"


def run_on(files):
    with tempfile.TemporaryDirectory() as root:
        tree = {f"{folder}/CMakeLists.txt": f"add_library({folder} a.cc)\n" for folder in FOLDERS}
        tree.update(files)
        for path, text in tree.items():
            if text is None:
                continue
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run([sys.executable, os.path.join(HERE, "check_layout.py"), root],
                              capture_output=True, text=True)
        return done.returncode, done.stdout


class CheckLayout(unittest.TestCase):
    def expect(self, rule, files):
        status, output = run_on(files)
        self.assertIn(f"[{rule}]", output)
        self.assertEqual(status, 1)

    def test_good_tree_passes(self):
        status, output = run_on({
            "proto/a.h": HEADER + "namespace tbprof::proto { int a(); }\n",
            "analyzer/trace/b.cc": '#include "proto/a.h"\nnamespace tbprof::analyzer::trace {}\n',
            "plugins/x/panel.ts": "import {a} from '../_kit/a';\nhost.client.fetch(a);\n",
        })
        self.assertEqual(status, 0, output)

    def test_includes(self):
        self.expect("include", {"proto/a.cc": '#include "analyzer/b.h"\n'})
        self.expect("include", {"server/a.cc": '#include "plugins/overview/b.h"\n'})
        self.expect("include", {"plugins/x/a.cc": '#include "plugins/y/b.h"\n'})
        self.expect("include", {"plugins/x/a.cc": '#include "server/b.h"\n'})
        self.expect("include", {"samples/a.cc": '#include "proto/b.h"\n'})
        self.expect("include", {"analyzer/a.cc": '#include "../proto/b.h"\n'})
        self.expect("device-header", {"analyzer/a.cc": "#include <cupti.h>\n"})

    def test_cycles(self):
        self.expect("cycle", {"analyzer/a/x.cc": '#include "analyzer/b/x.h"\n',
                              "analyzer/b/x.cc": '#include "analyzer/a/x.h"\n'})

    def test_headers(self):
        self.expect("pragma-once", {"proto/a.h": "// What it is for. Any thread.\n"})
        self.expect("header-comment", {"proto/a.h": "#pragma once\n"})
        self.expect("header-comment", {"proto/a.h": "// Something about what is in here, long.\n"
                                                    "#pragma once\n"})
        self.expect("namespace", {"proto/a.h": HEADER + "namespace tbprof::analyzer {}\n"})

    def test_sizes(self):
        self.expect("file-length", {"proto/a.cc": "\n" * 601})

    def test_names_and_words(self):
        self.expect("name", {"proto/utils.cc": "\n"})
        self.expect("name", {"proto/CamelCase.cc": "\n"})
        self.expect("word", {"proto/a.cc": "// see issue 3\n"})
        self.expect("throw", {"analyzer/a.cc": "void f() { throw 1; }\n"})

    def test_typescript(self):
        self.expect("import", {"plugins/x/a.ts": "import {b} from '../y/b';\n"})
        self.expect("import", {"plugins/_kit/a.ts": "import {b} from '../y/b';\n"})
        self.expect("import", {"server/shell/a.ts": "import {b} from '../../plugins/x/b';\n"})
        self.expect("fetch", {"plugins/x/a.ts": "const answer = await fetch('/data');\n"})
        self.expect("any", {"plugins/x/a.ts": "const a = b as any;\n"})

    def test_targets_and_exceptions(self):
        self.expect("target", {"proto/CMakeLists.txt": "# nothing\n"})
        self.expect("exception", {"tests/lint/exceptions.txt": "throw proto/a.cc not needed\n"})
        status, _ = run_on({"proto/a.cc": "void f() { throw 1; }\n",
                            "tests/lint/exceptions.txt": "throw proto/a.cc because\n"})
        self.assertEqual(status, 0)

    def test_long_function(self):
        body = "int f(int a) {\n" + "  a += 1;\n" * 90 + "  return a;\n}\n"
        status, output = run_on({"proto/a.cc": body})
        if status == 0:
            self.skipTest("universal-ctags is not installed")
        self.assertIn("[function-length]", output)


if __name__ == "__main__":
    unittest.main()
