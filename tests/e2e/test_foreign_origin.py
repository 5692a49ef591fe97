"""A page of another origin, open in a real browser while the stack runs, learns nothing from it.

The page is on http://localhost too, only on another port: what the same site gives away, cookies
above all, it would have. Chromium answers for itself here (--dump-dom), without Playwright.
"""

import html
import json
import re
import shutil
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytestmark = [pytest.mark.stack, pytest.mark.browser]

SECRET = "/targetym/local/jwt-secret"
PAGE = """<!doctype html><title>evil</title><pre id="found">working</pre><script>
const read = async ({name, url, init}) => {
  try { return [name, await (await fetch(url, init)).text()]; }
  catch (error) { return [name, null]; }
};
Promise.all(TRIES.map(read)).then((found) => {
  document.getElementById("found").textContent = JSON.stringify(Object.fromEntries(found));
});
</script>"""


@contextmanager
def serving(content, kind, **headers):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response_only(200)
            self.send_header("Content-Type", kind)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def what_a_page_finds(tries, profile):
    """Opens a page in Chromium that makes the tries; tells the text it could read of each."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "This test needs Chromium (Debian: apt-get install chromium)."
    with serving(PAGE.replace("TRIES", json.dumps(tries)), "text/html") as address:
        command = [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=20000",
            "--dump-dom",
            address,
        ]
        dumped = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=90
        ).stdout
    found = re.search(r'<pre id="found">(.*?)</pre>', dumped, re.DOTALL)
    assert found, dumped
    return json.loads(html.unescape(found[1]))


def ssm_call(stack, url, **init):
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AmazonSSM.GetParameter",
    }
    body = json.dumps({"Name": SECRET, "WithDecryption": True})
    return {"url": url, "init": {"method": "POST", "headers": headers, "body": body, **init}}


def presigned(stack):
    """A call that the stand-in accepts from anybody who has the link: a page could be sent one."""
    return stack.aws("sts").generate_presigned_url("get_caller_identity")


def tries(stack, permissive):
    standin, bearer = stack.standin.endpoint, stack.bearer()
    listing = f"{stack.url}/api/integrations"
    api = stack.deployment.resources["Api"]
    return [
        {"name": "permissive", "url": permissive},
        {"name": "ssm", **ssm_call(stack, standin)},
        {"name": "ssm as a form", **ssm_call(stack, standin, headers={}, mode="no-cors")},
        {"name": "presigned", "url": presigned(stack)},
        {"name": "messages", "url": f"{standin}/_ministack/sqs/messages"},
        {
            "name": "reset",
            "url": f"{standin}/_ministack/reset",
            "init": {"method": "POST", "mode": "no-cors"},
        },
        {"name": "behind the proxy", "url": f"{standin}/_aws/execute-api/{api}/api/integrations"},
        {"name": "list", "url": listing, "init": {"headers": bearer}},
        {"name": "list with cookies", "url": listing, "init": {"credentials": "include"}},
        {"name": "list, unseen", "url": listing, "init": {"mode": "no-cors"}},
        {"name": "page", "url": f"{stack.url}/settings/integrations"},
    ]


def test_a_page_of_another_origin_reads_neither_the_stand_in_nor_the_api(stack, tmp_path):
    with serving("everybody may read this", "text/plain", Access_Control_Allow_Origin="*") as url:
        found = what_a_page_finds(tries(stack, url), tmp_path)

    assert found.pop("permissive") == "everybody may read this"
    assert set(found.values()) <= {None, ""}  # an opaque answer reads as nothing
    assert len(found) == 10


def test_its_blind_calls_changed_nothing(stack, tmp_path):
    found = what_a_page_finds(tries(stack, stack.simulator.url), tmp_path)

    secret = stack.aws("ssm").get_parameter(Name=SECRET, WithDecryption=True)
    assert secret["Parameter"]["Value"]
    assert found["reset"] in {None, ""}


def test_the_link_works_where_it_should(stack):
    import requests

    answer = requests.get(presigned(stack), timeout=10)

    assert answer.status_code == 200
    assert "GetCallerIdentityResult" in answer.text
