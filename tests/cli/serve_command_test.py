"""`tbprof serve` as a user starts it: what it prints, whom it lets in, how it ends.

Usage: TBPROF_BINARY=PATH serve_command_test.py. Speaks to loopback addresses only.
"""

import http.client
import json
import os
import re
import resource
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

TBPROF = os.environ["TBPROF_BINARY"]
START_LIMIT_S = 20


class Server:
    """A running `tbprof serve`; `printed` is all that it said when it started."""

    def __init__(self, state, logdir, *flags, command=("serve",), environment=None, port="0",
                 before_start=None):
        self.environment = clean_environment(state, environment)
        asked = [] if port is None else ["--port", port]
        self.process = subprocess.Popen(
            [TBPROF, *command, "--logdir", logdir, *asked, *flags], env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=before_start)
        self.printed = self.read_start()
        self.url = re.search(r"^ {4}(http://\S+)$", self.printed, re.M).group(1)
        self.port = int(re.search(r":(\d+)/", self.url).group(1))

    def read_start(self):
        """Up to the last line of the greeting."""
        out = self.process.stdout.fileno()
        text, until = b"", time.monotonic() + START_LIMIT_S
        while not text.endswith(b"Press ^C to stop.\n"):
            ready, _, _ = select.select([out], [], [], max(0, until - time.monotonic()))
            piece = os.read(out, 65536) if ready else b""
            if not piece:
                self.process.kill()
                raise AssertionError(f"no greeting: {text!r} {self.process.communicate()[1]!r}")
            text += piece
        return text.decode()

    @property
    def token(self):
        return self.url.partition("?token=")[2]

    def ask(self, target, method="GET", **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            named = {name.replace("_", "-"): value for name, value in fields.items()}
            connection.request(method, target, headers=named)
            answer = connection.getresponse()
            answer.content = answer.read()
            return answer
        finally:
            connection.close()

    def json(self, target):
        answer = self.ask(target, Authorization="Bearer " + self.token)
        if answer.status != 200:
            raise AssertionError(f"{target}: {answer.status} {answer.content!r}")
        return json.loads(answer.content)

    def wait_for_captures(self, limit_s=20):
        until = time.monotonic() + limit_s
        while not (found := self.json("/data/captures")["captures"]) and time.monotonic() < until:
            time.sleep(0.05)
        return found

    def stop(self, number=signal.SIGTERM, limit_s=20):
        """Exit status and seconds taken. Ends nothing that has ended."""
        if self.process.stdout.closed:
            return self.process.returncode, 0
        begin = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.process.returncode, time.monotonic() - begin

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.stop(signal.SIGKILL)


def clean_environment(state, more=None):
    kept = {name: value for name, value in os.environ.items()
            if name not in ("SSH_CONNECTION", "XDG_STATE_HOME")}
    return {**kept, "XDG_STATE_HOME": state, "LC_ALL": "C", **(more or {})}


def write_capture(logdir, run="a", padding=0):
    folder = os.path.join(logdir, run, "plugins", "profile", "2026_01_01_00_00_00")
    os.makedirs(folder)
    events = [{"ph": "X", "cat": "cpu_op", "name": "aten::mm", "pid": 1, "tid": 1, "ts": 10 * i,
               "dur": 5} for i in range(20)]
    path = os.path.join(folder, "host.1.pt.trace.json")
    with open(path + ".part", "w", encoding="ascii") as file:
        json.dump({"schemaVersion": 1, "traceEvents": events}, file)
        file.write(" " * padding)
    os.rename(path + ".part", path)


def listening_on(pid):
    """Addresses, as /proc/net/tcp writes them, on which a process listens."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        target = os.readlink(f"/proc/{pid}/fd/{name}")
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not os.path.exists(table):
            continue
        with open(table, encoding="ascii") as lines:
            for fields in (line.split() for line in list(lines)[1:]):
                if fields[3] == "0A" and fields[9] in inodes:
                    found.append(fields[1].partition(":")[0])
    return found


def occupy(port):
    """Listens on a port of 127.0.0.1; None where another program does already."""
    taken = socket.socket()
    try:
        taken.bind(("127.0.0.1", port))
    except OSError:
        taken.close()
        return None
    taken.listen(1)
    return taken


class ServeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tbprof_serve_")
        self.addCleanup(folder.cleanup)
        self.state = os.path.join(folder.name, "state")
        self.logdir = os.path.join(folder.name, "runs")
        os.mkdir(self.logdir)
        self.token_file = os.path.join(self.state, "tbprof", "token")

    def serve(self, *flags, **options):
        server = Server(self.state, options.pop("logdir", self.logdir), *flags, **options)
        self.addCleanup(server.__exit__)
        return server

    def refused(self, *arguments, status):
        """The one line that a start which fails leaves."""
        done = subprocess.run([TBPROF, *arguments], env=clean_environment(self.state), timeout=20,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Atbprof serve: [^\n]+\.\n\Z")
        return done.stderr


class Ports(ServeTest):
    def test_default_port_goes_to_the_next_free_one(self):
        held = [occupy(6006), occupy(6007)]
        try:
            server = self.serve(port=None)
            self.assertTrue(6008 <= server.port <= 6105, server.printed)
            self.assertEqual(server.ask("/data/health").status, 401)
        finally:
            for one in filter(None, held):
                one.close()

    def test_a_given_port_that_is_taken_is_an_error(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen(1)
            port = taken.getsockname()[1]
            said = self.refused("serve", "--logdir", self.logdir, "--port", str(port), status=1)
        self.assertIn(str(port), said)
        self.assertIn(f"(pid {os.getpid()})", said)
        self.assertIn("--port", said)

    def test_listens_on_loopback_only(self):
        addresses = listening_on(self.serve().process.pid)
        self.assertTrue(addresses)
        loopback = {"0100007F", "00000000000000000000000001000000"}
        self.assertLessEqual(set(addresses), loopback)


class Flags(ServeTest):
    def test_logdir_alone_means_serve(self):
        write_capture(self.logdir)
        server = self.serve(command=())
        self.assertEqual(len(server.json("/data/captures")["captures"]), 1)
        self.assertIn(f" shows {self.logdir}\n", server.printed)

    def test_what_is_wrong_is_said_in_one_line(self):
        at = ["serve", "--logdir", self.logdir]
        self.assertIn("--no-such-flag", self.refused(*at, "--no-such-flag", status=2))
        self.assertIn("--port", self.refused(*at, "--port", "70000", status=2))
        self.assertIn("--path_prefix", self.refused(*at, "--path_prefix", "a b", status=2))
        self.assertIn("--auth", self.refused(*at, "--auth", "maybe", status=2))
        self.assertIn("--logdir", self.refused("serve", status=2))
        self.assertIn(__file__, self.refused("serve", "--logdir", __file__, status=2))

    def test_path_prefix_from_end_to_end(self):
        write_capture(self.logdir)
        server = self.serve("--path_prefix", "/a/b/")
        self.assertRegex(server.url, r"\Ahttp://localhost:\d+/a/b/\?token=\w+\Z")
        entered = server.ask("/a/b/?token=" + server.token)
        self.assertEqual((entered.status, entered.getheader("Location")), (303, "/a/b/"))
        self.assertIn("; Path=/a/b/;", entered.getheader("Set-Cookie"))
        cookie = entered.getheader("Set-Cookie").partition(";")[0]
        page = server.ask("/a/b/", Cookie=cookie)
        self.assertEqual(page.status, 200)
        script = re.search(rb'<script[^>]* src="([^"]+)"', page.content).group(1).decode()
        self.assertFalse(script.startswith("/"), script)
        self.assertEqual(server.ask("/a/b/" + script.removeprefix("./"), Cookie=cookie).status, 200)
        self.assertEqual(len(server.json("/a/b/data/captures")["captures"]), 1)
        bare = server.ask("/a/b", Cookie=cookie)
        self.assertIn(bare.status, (301, 302, 303, 307, 308))
        self.assertEqual(bare.getheader("Location"), "/a/b/")
        self.assertEqual(server.ask("/data/captures", Cookie=cookie).status, 404)

    def test_a_path_prefix_that_browsers_fold_is_refused(self):
        for prefix in ["/a/../b", "/a/./b", "/..", "/a/."]:
            said = self.refused("serve", "--logdir", self.logdir, "--path_prefix", prefix, status=2)
            self.assertIn("--path_prefix", said, prefix)

    def test_tensorboards_flags_come_in_any_order(self):
        server = self.serve(command=("--load_fast=false",))
        self.assertIn(f" shows {self.logdir}\n", server.printed)
        server = self.serve("--verbosity", "1", "--reload_interval", "-1")
        self.assertEqual(server.json("/data/captures")["captures"], [])
        said = self.refused("--inspect", "--logdir", self.logdir, status=2)
        self.assertIn("tbprof analyze", said)

    def test_an_interval_however_short_goes_on_looking(self):
        server = self.serve("--reload_interval", "0.0004")
        self.assertEqual(server.json("/data/captures")["captures"], [])
        write_capture(self.logdir)
        self.assertEqual(len(server.wait_for_captures()), 1)

    def test_any_loopback_address_is_this_machine_only(self):
        server = self.serve("--host", "127.0.0.2")
        self.assertNotIn("The network carries", server.printed)

    def test_ssh_gets_the_line_to_type(self):
        server = self.serve(environment={"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"})
        self.assertRegex(server.printed,
                         rf"\n    ssh -N -L {server.port}:localhost:{server.port} \S+@192\.0\.2\.2\n")
        self.assertNotIn("ssh", self.serve().printed)

    def test_the_wildcard_address_is_known_by_the_machines_name(self):
        server = self.serve("--host", "0.0.0.0")
        name = socket.gethostname()
        self.assertIn(f"http://{name}:{server.port}/", server.printed)
        answer = server.ask("/data/captures", Host=f"{name}:{server.port}",
                            Authorization="Bearer " + server.token)
        self.assertEqual(answer.status, 200)

    def test_no_authorization_says_what_it_means(self):
        server = self.serve("--auth", "none")
        self.assertIn("everybody who reaches this port", server.printed)
        self.assertNotIn("token=", server.printed)
        self.assertEqual(server.ask("/").status, 200)
        self.assertFalse(os.path.exists(self.token_file))


class Access(ServeTest):
    def test_the_token_file_is_private_and_outlives_restarts(self):
        first = self.serve()
        self.assertEqual(stat.S_IMODE(os.stat(self.token_file).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.token_file)).st_mode), 0o700)
        with open(self.token_file, encoding="ascii") as file:
            self.assertEqual(file.read().strip(), first.token)
        first.stop()
        self.assertEqual(self.serve().token, first.token)

    def test_a_token_file_that_others_can_read_is_refused(self):
        self.serve().stop()
        os.chmod(self.token_file, 0o644)
        said = self.refused("serve", "--logdir", self.logdir, "--port", "0", status=1)
        self.assertIn(self.token_file, said)
        self.assertIn("can be read by others", said)

    def test_the_token_becomes_a_cookie_and_leaves_the_address(self):
        server = self.serve()
        for refused in [{}, {"Authorization": "Bearer " + "0" * 48}, {"Cookie": "tbprof=1"}]:
            self.assertEqual(server.ask("/data/captures", **refused).status, 401, refused)
        self.assertEqual(server.ask("/?token=" + "0" * 48).status, 401)
        self.assertIn(b"token", server.ask("/").content)
        entered = server.ask(f"/?token={server.token}&x=1")
        self.assertEqual((entered.status, entered.getheader("Location")), (303, "/?x=1"))
        cookie = entered.getheader("Set-Cookie")
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"]:
            self.assertIn(attribute, cookie.split("; "))
        self.assertNotIn(server.token, cookie)
        self.assertEqual(server.ask("/", Cookie=cookie.partition(";")[0]).status, 200)
        bearer = server.ask("/data/captures", Authorization="Bearer " + server.token)
        self.assertEqual(bearer.status, 200)

    def test_two_servers_do_not_take_each_others_cookie(self):
        cookies = []
        servers = [self.serve(), self.serve()]
        for server in servers:
            entered = server.ask("/?token=" + server.token)
            cookies.append(entered.getheader("Set-Cookie").partition(";")[0])
        self.assertEqual(servers[0].token, servers[1].token)
        self.assertNotEqual(cookies[0].partition("=")[0], cookies[1].partition("=")[0])
        self.assertEqual(servers[1].ask("/data/captures", Cookie=cookies[0]).status, 401)
        self.assertEqual(servers[1].ask("/data/captures", Cookie="; ".join(cookies)).status, 200)

    def test_another_host_name_gets_nothing(self):
        server = self.serve()
        for host in ["evil.example", f"evil.example:{server.port}", "localhost.evil.example"]:
            answer = server.ask("/data/captures", Host=host,
                                Authorization="Bearer " + server.token)
            self.assertEqual(answer.status, 403, host)
            self.assertIn("Host", json.loads(answer.content)["error"])


class Life(ServeTest):
    def test_a_folder_may_come_later(self):
        later = os.path.join(self.logdir, "not", "yet")
        server = self.serve("--reload_interval", "0.1", logdir=later)
        self.assertIn("does not exist yet", server.printed)
        self.assertEqual(server.json("/data/captures")["captures"], [])
        write_capture(later)
        captures = server.wait_for_captures()
        self.assertEqual([capture["run"] for capture in captures], ["a"])

    def test_signals_end_it_with_status_0(self):
        for number in [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]:
            status, took_s = self.serve().stop(number)
            self.assertEqual(status, 0, number)
            self.assertLess(took_s, 3)

    def test_what_was_ignored_at_the_start_stays_ignored(self):
        server = self.serve(before_start=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        server.process.send_signal(signal.SIGHUP)
        with self.assertRaises(subprocess.TimeoutExpired):
            server.process.wait(timeout=1)
        self.assertEqual(server.stop(signal.SIGTERM)[0], 0)

    def ask_and_leave_open(self, server, target):
        client = socket.create_connection(("127.0.0.1", server.port))
        self.addCleanup(client.close)
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n"
                       f"Authorization: Bearer {server.token}\r\n\r\n".encode())
        return client

    def test_a_load_does_not_hold_the_end_up(self):
        write_capture(self.logdir)
        with open(os.path.join(self.logdir, "a", "huge.tbtrace"), "wb") as file:
            file.truncate(1 << 40)  # zeros that take no place, among which a record is looked for
        for signals, longest_s in [(1, 8), (2, 3)]:
            server = self.serve()
            huge = [one["id"] for one in server.json("/data/captures")["captures"]
                    if one["file"] == "huge.tbtrace"]
            self.ask_and_leave_open(server, f"/data/plugin/overview/report?capture={huge[0]}")
            time.sleep(0.5)
            begin = time.monotonic()
            for _ in range(signals):
                server.process.send_signal(signal.SIGINT)
                time.sleep(0.2)
            self.assertEqual(server.process.wait(timeout=20), 0)
            self.assertLess(time.monotonic() - begin, longest_s)

    def test_clients_without_a_token_keep_nobody_out(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        server = self.serve(before_start=few_files)
        strangers = []
        for _ in range(400):
            client = socket.socket()
            self.addCleanup(client.close)
            client.settimeout(5)
            client.connect(("127.0.0.1", server.port))
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            strangers.append(client)
        listing = server.json("/data/captures")
        self.assertEqual((listing["captures"], listing["problems"]), ([], []))

    def stuck_reader(self, server):
        """A client that asks for a large file and never reads it."""
        identity = server.json("/data/captures")["captures"][0]["id"]
        reader = socket.socket()
        self.addCleanup(reader.close)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(("127.0.0.1", server.port))
        reader.sendall(f"GET /data/capture/{identity}/file HTTP/1.1\r\nHost: localhost\r\n"
                       f"Authorization: Bearer {server.token}\r\n\r\n".encode())
        self.assertEqual(reader.recv(15), b"HTTP/1.1 200 OK")

    def test_an_unfinished_answer_holds_the_end_up_for_3_seconds_at_most(self):
        write_capture(self.logdir, padding=32 << 20)
        patient, hasty = self.serve(), self.serve()
        for server in (patient, hasty):
            self.stuck_reader(server)
            server.process.send_signal(signal.SIGTERM)
        with self.assertRaises(subprocess.TimeoutExpired):
            hasty.process.wait(timeout=0.5)
        status, took_s = hasty.stop()
        self.assertEqual(status, 0)
        self.assertLess(took_s, 1.5, "the second signal ends it at once")
        self.assertEqual(patient.process.wait(timeout=6), 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
