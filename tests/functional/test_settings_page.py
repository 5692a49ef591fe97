"""The settings page as the function answers it: headers, policy, and what the HTML may contain."""

import hashlib
import json
import re
import subprocess
import sys
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import pytest

from functions.settings_page import app
from hub import errors

ROOT = Path(__file__).resolve().parents[2]
EVENT = json.loads((ROOT / "events/settings_page/open.json").read_text())
PAGE_FILES = sorted(Path(app.__file__).parent.glob("*.*"))


class _Reader(HTMLParser):
    """Collects elements with their attributes, and the text of script and style."""

    def __init__(self):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inlined: dict[str, str] = {"script": "", "style": ""}
        self._inside = ""

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside in self.inlined:
            self.inlined[self._inside] += data


def read(html):
    reader = _Reader()
    reader.feed(html)
    return reader


@pytest.fixture
def serve(monkeypatch):
    def answer(*, method="GET", stage="production", base_url="https://hub.example.com", **more):
        monkeypatch.setenv("STAGE", stage)
        monkeypatch.setenv("PUBLIC_BASE_URL", base_url)
        for name in ("ALLOWED_ORIGINS", "ROLE_CLAIM"):
            monkeypatch.setenv(name, more[name]) if name in more else monkeypatch.delenv(
                name, raising=False
            )
        app._page.cache_clear()
        http = {**EVENT["requestContext"]["http"], "method": method}
        event = {**EVENT, "requestContext": {**EVENT["requestContext"], "http": http}}
        return app.handler(event, None)

    yield answer
    app._page.cache_clear()


def directives(answer):
    policy = answer["headers"]["content-security-policy"]
    return dict(part.split(" ", 1) for part in policy.split("; "))


def root_of(answer):
    return next(attributes for tag, attributes in read(answer["body"]).elements if tag == "html")


def test_it_answers_html_that_nobody_may_keep_or_sniff(serve):
    answer = serve()
    assert answer["statusCode"] == 200
    assert answer["body"].startswith("<!doctype html>")
    headers = dict(answer["headers"])
    headers.pop("content-security-policy")
    assert headers == {
        "content-type": "text/html; charset=utf-8",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "strict-transport-security": "max-age=31536000",
    }


def test_the_policy_allows_exactly_what_is_inlined(serve):
    answer = serve()
    inlined = read(answer["body"]).inlined

    def source(text):
        return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert directives(answer) == {
        "default-src": "'none'",
        "script-src": source(inlined["script"]),
        "style-src": source(inlined["style"]),
        "connect-src": "'self'",
        "img-src": "data:",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert len(inlined["script"]) > 1000
    assert len(inlined["style"]) > 1000


def test_only_listed_origins_may_embed_it_or_send_a_token(serve):
    answer = serve(ALLOWED_ORIGINS="https://app.example.com, https://hr.example.com:8443")
    assert directives(answer)["frame-ancestors"] == (
        "https://app.example.com https://hr.example.com:8443"
    )
    assert root_of(answer)["data-allowed-origins"] == (
        "https://app.example.com https://hr.example.com:8443"
    )


def test_without_a_list_only_its_own_origin_may_send_a_token(serve):
    answer = serve(ALLOWED_ORIGINS="")
    assert directives(answer)["frame-ancestors"] == "'none'"
    assert root_of(answer)["data-allowed-origins"] == "https://hub.example.com"


@pytest.mark.parametrize(
    "origins",
    [
        "https://app.example.com; script-src *",
        "https://app.example.com/path",
        "http://app.example.com",
        "*",
        "https://*.example.com",
        "null",
        "https://app.example.com\r\nx-evil: 1",
        'https://app.example.com"onload=x',
    ],
)
def test_what_is_no_origin_stops_the_page(serve, origins):
    with pytest.raises(ValueError, match="is not an origin"):
        serve(ALLOWED_ORIGINS=origins)


def test_a_token_in_the_address_is_accepted_only_locally(serve):
    local = serve(stage="local", base_url="http://localhost:4500")
    assert root_of(local)["data-fragment-token"] == "accepted"
    for stage in ("production", "locals", "test"):
        assert root_of(serve(stage=stage))["data-fragment-token"] == "refused"


def test_http_gets_no_transport_security(serve):
    local = serve(stage="local", base_url="http://localhost:4500")
    assert "strict-transport-security" not in local["headers"]


def test_settings_are_escaped(serve):
    answer = serve(ROLE_CLAIM='role"><script>alert(1)</script>')
    assert root_of(answer)["data-role-claim"] == 'role"><script>alert(1)</script>'
    assert sum(tag == "script" for tag, _ in read(answer["body"]).elements) == 1


def test_the_role_claim_is_the_authorizers_default(serve):
    assert root_of(serve())["data-role-claim"] == "app_metadata.role"


def test_head_has_the_headers_and_no_body(serve):
    got, asked = serve(), serve(method="HEAD")
    assert asked["body"] == ""
    assert asked["headers"] == got["headers"]
    assert asked["statusCode"] == 200


def test_one_answers_headers_are_not_the_nexts(serve):
    first = serve()
    first["headers"]["x-changed"] = "1"
    assert "x-changed" not in app.handler(EVENT, None)["headers"]


def test_nothing_in_the_markup_runs_or_loads_by_itself(serve):
    reader = read(serve()["body"])
    for tag, attributes in reader.elements:
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert "style" not in attributes, tag
        assert "src" not in attributes, tag
    assert {tag for tag, _ in reader.elements} & {
        "iframe",
        "object",
        "embed",
        "base",
        "img",
    } == set()
    assert [a["href"][:5] for tag, a in reader.elements if tag == "link"] == ["data:"]


def test_no_address_but_the_namespace_of_svg_is_in_it(serve):
    found = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^'\"\s<)]*", serve()["body"]))
    assert found <= {"http://www.w3.org/2000/svg", "https://hub.example.com"}


@pytest.mark.parametrize("path", PAGE_FILES, ids=lambda path: path.name)
def test_no_file_writes_markup_or_keeps_the_token(path):
    if path.suffix != ".js":
        return
    text = path.read_text(encoding="utf-8")
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTML|eval\(|Function\("
        r"|localStorage|sessionStorage|indexedDB|document\.cookie|console\."
    )
    assert re.findall(forbidden, text) == []


def test_every_script_and_style_of_the_folder_is_served_once(serve):
    inlined = read(serve()["body"]).inlined
    for path in PAGE_FILES:
        where = {".js": inlined["script"], ".css": inlined["style"]}.get(path.suffix)
        assert where is None or where.count(path.read_text(encoding="utf-8")) == 1


SPECIFIED_FLOW_ERRORS = {
    "access_denied",
    "approval_required",
    "authorization_failed",
    "invalid_flow",
    "expired_flow",
    "account_mismatch",
    "account_in_use",
    "insufficient_scope",
    "provider_error",
    "provider_unavailable",
}
SPECIFIED_API_ERRORS = {
    "invalid_request",
    "unknown_field",
    "unknown_provider",
    "provider_unconfigured",
    "unknown_scope",
    "return_to_not_allowed",
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
    "sync_running",
    "reauth_required",
    "integration_disconnected",
    "idempotency_conflict",
    "too_many_flows",
    "rate_limited",
    "timeout",
    "temporarily_unavailable",
    "internal",
}


def codes_of(error):
    return {error.code}.union(*(codes_of(narrower) for narrower in error.__subclasses__()))


def test_every_code_of_the_api_and_the_callback_is_explained(serve):
    script = read(serve()["body"]).inlined["script"]
    flows, rest = re.search(
        r"const FLOW_PROBLEMS = \{(.*?)\n\};.*?const API_PROBLEMS = \{(.*?)\n\};", script, re.DOTALL
    ).groups()
    key = re.compile(r"^  (\w+): \{", re.MULTILINE)
    assert set(key.findall(flows)) == SPECIFIED_FLOW_ERRORS
    assert set(key.findall(rest)) == SPECIFIED_API_ERRORS | {"offline"}
    assert codes_of(errors.HubError) <= SPECIFIED_API_ERRORS | SPECIFIED_FLOW_ERRORS


def colours():
    light, dark = re.findall(r":root \{(.*?)\}", app.STYLE, re.DOTALL)
    tokens = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in (light, dark)]
    assert tokens[0].keys() == tokens[1].keys()
    return tokens


def luminance(colour):
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast_meets_wcag_aa(scheme):
    tokens = colours()[scheme]
    texts = [
        ("on-accent", "accent"),
        *((text, ground) for text in ("text", "muted", "accent") for ground in ("page", "surface")),
        ("bad", "surface"),
        ("good", "surface"),
        *((tone, f"{tone}-tint") for tone in ("good", "warning", "bad", "info")),
        *(("text", f"{tone}-tint") for tone in ("good", "warning", "bad", "info")),
    ]
    weak = {pair: contrast(tokens[pair[0]], tokens[pair[1]]) for pair in texts}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    assert contrast(tokens["control"], tokens["surface"]) >= 3
    assert contrast(tokens["control"], tokens["page"]) >= 3


def test_it_imports_nothing_beyond_the_standard_library():
    program = (
        "import sys; before = set(sys.modules); import functions.settings_page.app;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(new - sys.stdlib_module_names - {'functions'}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
