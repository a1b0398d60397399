"""Starts `tbprof serve` and asks it questions, as a program with the token does."""

import json
import os
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request


class Served:
    """A server on a free port, for a `with` block."""

    def __init__(self, tbprof, logdir):
        self.folder = tempfile.TemporaryDirectory(prefix="tbprof_served_")
        ready = os.path.join(self.folder.name, "ready.json")
        self.process = subprocess.Popen(
            [tbprof, "serve", "--logdir", logdir, "--port", "0", "--ready-file", ready],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        # Addresses of this machine never go through a proxy.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.url = self._wait_for(ready)["url"]
        parts = urllib.parse.urlsplit(self.url)
        self.base = f"{parts.scheme}://{parts.netloc}{parts.path}"
        self.token = urllib.parse.parse_qs(parts.query)["token"][0]

    def _wait_for(self, ready, seconds=60):
        deadline = time.monotonic() + seconds
        while not os.path.exists(ready):
            if self.process.poll() is not None:
                raise RuntimeError(f"tbprof serve ended with status {self.process.returncode}")
            if time.monotonic() > deadline:
                raise RuntimeError("tbprof serve is not ready after a minute")
            time.sleep(0.02)
        with open(ready, encoding="utf-8") as file:
            return json.load(file)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.folder.cleanup()

    def page(self):
        """The page as a browser gets it: with the address that is printed, then by the cookie."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPCookieProcessor())
        opener.open(self.url, timeout=30).read()
        with opener.open(self.base, timeout=30) as reply:
            return reply.read().decode("utf-8")

    def ask(self, route, **parameters):
        """The JSON of a route below /data."""
        address = f"{self.base}data/{route}?{urllib.parse.urlencode(parameters)}"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {self.token}"})
        with self.opener.open(request, timeout=30) as reply:
            return json.load(reply)

    def capture(self, run, state=None, seconds=20):
        """The capture of a run, once it is found and, if asked, in a state."""
        deadline = time.monotonic() + seconds
        while True:
            for capture in self.ask("captures")["captures"]:
                if capture["run"] == run and state in (None, capture["state"]):
                    return capture
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server shows no capture of {run} with state {state}")
            time.sleep(0.1)
