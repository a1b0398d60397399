"""Which libcupti programs are given on a machine with a GPU: the machine's own where it is whole, else the one
that was carried."""

import glob
import gzip
import os
import shutil
import sys
import tempfile
import unittest
from unittest import mock

from place import COUNTER_LIBRARY, Place


def write(path, content=b""):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


class FindingCupti(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        carried = os.path.join(self.folder.name, "pack", "lib", "cupti")
        write(os.path.join(carried, "libcupti.so.13"), b"carried")
        write(os.path.join(carried, COUNTER_LIBRARY + ".gz"), gzip.compress(b"counters"))
        self.own = os.path.join(self.folder.name, "site", "nvidia", "cu13", "lib")
        self.listed = ""
        in_no_toolkit = glob.glob
        for patch in (
                mock.patch("place.subprocess.run", lambda *_, **__: mock.Mock(stdout=self.listed)),
                mock.patch("place.sys.path", [os.path.join(self.folder.name, "site")]),
                mock.patch("place.glob.glob",
                           lambda pattern: [] if pattern.startswith("/usr/local/") else in_no_toolkit(pattern))):
            patch.start()
            self.addCleanup(patch.stop)

    def place(self):
        made = Place(os.path.join(self.folder.name, "pack"), self.folder.name, "", 0)
        self.addCleanup(shutil.rmtree, made.scratch_root)
        return made

    def test_the_carried_one_has_its_counter_library_unpacked(self):
        found = self.place()
        self.assertEqual(found.cupti_from, "carried")
        with open(os.path.join(found.cupti_folder, COUNTER_LIBRARY), "rb") as file:
            self.assertEqual(file.read(), b"counters")
        with open(os.path.join(found.cupti_folder, "libcupti.so.13"), "rb") as file:
            self.assertEqual(file.read(), b"carried")
        self.assertEqual(found.environment()["LD_LIBRARY_PATH"].split(":")[0], found.cupti_folder)

    def test_one_of_the_machine_is_taken_only_with_its_counter_library(self):
        write(os.path.join(self.own, "libcupti.so.13"))
        self.assertEqual(self.place().cupti_from, "carried")
        write(os.path.join(self.own, COUNTER_LIBRARY))
        self.assertEqual(self.place().cupti_folder, self.own)

    def test_so_is_one_that_the_loader_finds(self):
        self.listed = "libcupti.so.13 (libc6,x86-64) => /usr/lib/libcupti.so.13"
        self.assertEqual(self.place().cupti_from, "carried")
        self.listed += "\n" + COUNTER_LIBRARY + " (libc6,x86-64) => /usr/lib/" + COUNTER_LIBRARY
        self.assertEqual(self.place().cupti_from, "ldconfig")


if __name__ == "__main__":
    sys.exit(unittest.main())
