// Who is here: where the token may come from, and that it stays in memory. It is never written to
// storage, to the address bar or to another window.

const root = document.documentElement.dataset;
const settings = Object.freeze({
  stage: root.stage,
  baseUrl: root.baseUrl,
  allowedOrigins: root.allowedOrigins.split(" "),
  acceptsFragment: root.fragmentToken === "accepted",
  roleClaim: root.roleClaim,
});
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const MANAGERS = ["admin", "hr"];

const session = { token: null, refusedToken: null, mayManage: true, role: null };

// Windows that may hold a token for this page: the one that opened it, the one that embeds it.
function peers() {
  const embedding = window.parent === window ? null : window.parent;
  return [window.opener, embedding].filter(Boolean);
}

function askForToken() {
  for (const peer of peers()) {
    // One post per listed origin: the browser delivers only the one that the peer really has.
    for (const origin of settings.allowedOrigins) peer.postMessage({ type: "targetym:ready" }, origin);
  }
}

function claim(payload, path) {
  if (Object.hasOwn(payload, path)) return payload[path];
  return path.split(".").reduce((value, key) => value?.[key], payload);
}

// For what the page offers, never for what is allowed: the API decides that.
function roleOf(token) {
  try {
    const encoded = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const role = claim(JSON.parse(atob(encoded)), settings.roleClaim);
    return typeof role === "string" ? role : null;
  } catch {
    return null;
  }
}

function acceptToken(token) {
  if (typeof token !== "string" || !TOKEN.test(token) || token === session.refusedToken) return false;
  session.token = token;
  session.role = roleOf(token);
  session.mayManage = session.role === null || MANAGERS.includes(session.role);
  return true;
}

function forgetToken() {
  session.refusedToken = session.token;
  session.token = null;
}

function listenForToken(accepted) {
  window.addEventListener("message", ({ origin, source, data }) => {
    if (!settings.allowedOrigins.includes(origin) || !peers().includes(source)) return;
    if (data?.type === "targetym:token" && acceptToken(data.token)) accepted();
  });
}

// What the address brought, taken out of the address bar before anything else happens.
function takeAddress() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const query = new URLSearchParams(location.search);
  history.replaceState(null, "", location.pathname);
  if (settings.acceptsFragment) acceptToken(fragment.get("token"));
  return resultOf(Object.fromEntries(query));
}

// The result of a flow as the callback words it; the address and other tabs are only believed as
// far as this shape goes.
function resultOf({ integration, status, error, provider }) {
  const providerId = /^[a-z0-9_-]{1,40}$/.test(provider ?? "") ? provider : null;
  if (error) return { error: Object.hasOwn(FLOW_PROBLEMS, error) ? error : "authorization_failed", provider: providerId };
  if (status === "connected" && /^int_[0-9A-Z]{26}$/.test(integration ?? "")) return { status, integration };
  return null;
}
