// Building the document: nodes and text only, never markup, so no name or message of a provider
// can become anything but text.

const byId = (id) => document.getElementById(id);

function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

function icon(name) {
  const drawn = (wanted) => byId("icons").content.querySelector(`[data-icon="${CSS.escape(wanted)}"]`);
  const copy = (drawn(name) ?? drawn("service")).cloneNode(true);
  copy.setAttribute("aria-hidden", "true");
  copy.setAttribute("class", "icon");
  return copy;
}

// name: the label and what the button acts on, where several with the same label stand on the page.
function button(label, click, { kind = "plain", name = null } = {}) {
  return el("button", { type: "button", class: kind, "aria-label": name, click }, label);
}

function steps(list) {
  return list?.length ? el("ul", {}, list.map((step) => el("li", {}, step))) : null;
}

// What an administrator copies, JSON and paths, stands out; a path breaks behind its slashes.
function marked(text) {
  return text.split(/(\{[^}]*\}|\/[\w./-]*\w)/).map((part, at) => {
    const pieces = part.split(/(?<=\/)/).flatMap((piece) => [piece, el("wbr")]);
    return at % 2 ? el("code", {}, pieces) : part;
  });
}

function announce(text) {
  byId("announcer").textContent = text;
}

// aria-disabled instead of disabled: a disabled button would drop the keyboard focus.
async function whileBusy(control, work) {
  if (control.getAttribute("aria-disabled") === "true") return;
  control.setAttribute("aria-disabled", "true");
  try {
    await work();
  } finally {
    control.removeAttribute("aria-disabled");
  }
}

const AGES = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function age(moment) {
  const seconds = Math.max(0, (Date.now() - moment) / 1000);
  const found = AGES.find(([, length]) => seconds >= length);
  return found ? relative.format(-Math.floor(seconds / found[1]), found[0]) : "just now";
}

function time(iso) {
  const moment = Date.parse(iso ?? "");
  if (Number.isNaN(moment)) return null;
  const full = new Date(moment).toLocaleString("en", { dateStyle: "full", timeStyle: "short" });
  return el("time", { datetime: iso, title: full }, age(moment));
}

function refreshTimes() {
  for (const node of document.querySelectorAll("time")) {
    node.textContent = age(Date.parse(node.getAttribute("datetime")));
  }
}

// A group that takes the focus: screen readers read it whole, and it needs no live region.
function showBanner({ kind, title, text, list, reference, extra }) {
  const heading = el("h2", { id: "banner-title" }, title);
  const body = [text ? el("p", {}, text) : null, steps(list), ...(extra ?? [])];
  if (reference) body.push(el("p", { class: "reference" }, "Reference: ", el("code", {}, reference)));
  const banner = el(
    "div",
    { class: `banner ${kind}`, role: "group", tabindex: "-1", "aria-labelledby": "banner-title" },
    icon({ good: "healthy", bad: "disconnected", info: "syncing", warning: "degraded" }[kind]),
    el("div", {}, heading, body),
    button("Dismiss", hideBanner, { kind: "quiet" }),
  );
  byId("banner").replaceChildren(banner);
  banner.focus();
  return banner;
}

function hideBanner() {
  const held = byId("banner").contains(document.activeElement);
  byId("banner").replaceChildren();
  if (held) byId("content").querySelector("h2, button")?.focus();
}
