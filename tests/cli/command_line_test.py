"""What `tbprof` says to a command line that it cannot take: one line, with the remedy.

Usage: command_line_test.py TBPROF
"""

import subprocess
import sys
import unittest

TBPROF = sys.argv[1]


class Refused(unittest.TestCase):
    def said(self, *arguments):
        done = subprocess.run([TBPROF, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=20)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Atbprof[a-z ]*: [^\n]{1,160}\.\n\Z")
        return done.stderr

    def test_an_unknown_command_is_named(self):
        self.assertIn("no command rnu", self.said("rnu", "--", "true"))
        self.assertIn("run, capture, analyze, serve and doctor", self.said("rnu"))

    def test_words_too_many_are_named_in_their_order(self):
        self.assertIn("one 'two words' three",
                      self.said("analyze", "runs", "one", "two words", "three"))

    def test_a_view_or_format_that_is_none(self):
        said = self.said("analyze", "runs", "--view", "foo")
        self.assertIn("--view takes overview|steps|ranges|samples, not 'foo'", said)
        said = self.said("analyze", "runs", "--format", "xml")
        self.assertIn("--format takes text|json|csv, not 'xml'", said)

    def test_a_flag_without_its_value(self):
        self.assertIn("--view needs overview|steps|ranges|samples;", self.said("analyze", "runs", "--view"))
        self.assertIn("--limit needs N;", self.said("analyze", "runs", "--limit"))

    def test_a_limit_that_is_no_number_of_rows(self):
        for limit in ["-3", "x", "1.5", "99999999999999999999999"]:
            self.assertIn(f"--limit takes a number of rows, 0 for all, not '{limit}'",
                          self.said("analyze", "runs", "--limit", limit))

    def test_a_number_that_is_none_or_out_of_its_range(self):
        self.assertIn("PID takes a number, not 'abc';", self.said("capture", "abc"))
        self.assertIn("--steps takes a number, not 'many';", self.said("capture", "1", "--steps", "many"))
        said = self.said("run", "--sample-rate", "5000", "--", "true")
        self.assertIn("--sample-rate takes 0 to 1000, not 5000;", said)

    def test_a_step_pattern_without_a_number(self):
        for pattern in ["batch", "(", "batch #|iter"]:
            self.assertIn("--step-pattern", self.said("run", "--step-pattern", pattern, "--", "true"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
