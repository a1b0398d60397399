"""A plugin is one folder: a copy of plugins/_template under another name becomes a route of the
program and a tab of the page, and deleting the folder takes both away. No other file is edited.

Usage: added_plugin_test.py SOURCE BUILD CXX SANITIZE. BUILD holds the libraries of the project.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
CXX, SANITIZE = sys.argv[3:5]
HAS_PAGE = shutil.which("node") is not None and (SOURCE / "node_modules/esbuild").exists()


def run(*command, **environment):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=300, env={**os.environ, **environment})
    if done.returncode != 0:
        raise AssertionError(f"{command}:\n{done.stdout}{done.stderr}")
    return done.stdout


def copy_tree(tree):
    """The source tree with one of the plugins; what a plugin leaves alone is linked to."""
    for name in ["proto", "analyzer", "server", "node_modules"]:
        if (SOURCE / name).exists():
            (tree / name).symlink_to(SOURCE / name)
    (tree / "plugins").mkdir(parents=True)
    for name in ["CMakeLists.txt", "plugin.h", "plugin.cc"]:
        shutil.copy(SOURCE / "plugins" / name, tree / "plugins" / name)
    for name in ["_kit", "_template", "ranges"]:
        shutil.copytree(SOURCE / "plugins" / name, tree / "plugins" / name)


class AddedPlugin(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tbprof_added_")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.tree = self.folder / "tree"
        self.tree.mkdir()
        copy_tree(self.tree)

    def routes(self):
        """Builds what has changed, as `cmake --build` does for a user."""
        build = self.folder / "build"
        if not build.exists():
            run("cmake", "-S", SOURCE / "tests/e2e/added_plugin", "-B", build,
                f"-DTREE={self.tree}", f"-DTBPROF_BUILD={BUILD}", f"-DTBPROF_SANITIZE={SANITIZE}",
                f"-DCMAKE_CXX_COMPILER={CXX}", "-DCMAKE_BUILD_TYPE=Debug",
                "-DCMAKE_CXX_FLAGS_DEBUG=-O0")
        run("cmake", "--build", build, "--parallel", "2")
        answers = (line.partition(" ") for line in run(build / "list_plugins").splitlines())
        return {route: answer for route, _, answer in answers}

    def tabs(self):
        page = self.folder / "page"
        run("node", SOURCE / "server/bundle.mjs", page, "--root", self.tree)
        main, = page.glob("main-*.js")
        # Each entry of the generated list: its id and the title read from the panel's head.
        return dict(re.findall(r'id:"(\w+)",title:"([^"]+)"', main.read_text(encoding="utf-8")))

    def test_a_folder_is_all_that_a_route_takes(self):
        before = self.routes()
        self.assertIn("ranges/table", before)
        added = self.tree / "plugins/slice_counts"
        shutil.copytree(self.tree / "plugins/_template", added)
        after = self.routes()
        counts = '{"slices":3,"by_category":{"input":1,"forward":2}}'
        self.assertEqual(after, {**before, "slice_counts/counts": counts})
        shutil.rmtree(added)
        self.assertEqual(self.routes(), before)

    @unittest.skipUnless(HAS_PAGE, "the page needs Node and `npm ci`")
    def test_a_folder_is_all_that_a_tab_takes(self):
        before = self.tabs()
        self.assertEqual(list(before), ["ranges"])
        added = self.tree / "plugins/slice_counts"
        shutil.copytree(self.tree / "plugins/_template", added)
        self.assertEqual(self.tabs(), {**before, "slice_counts": "Template"})
        shutil.rmtree(added)
        self.assertEqual(self.tabs(), before)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
