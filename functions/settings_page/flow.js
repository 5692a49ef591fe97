// One authorization, seen from the browser. The token lives in this page's memory, so the page
// stays where it is: the provider gets a window of its own. That window ends on this same page,
// at returnTo, without a token; it tells the first one how it went over a BroadcastChannel
// (same origin only) and closes itself, so that of two open flows each ends its own window.

const channel = new BroadcastChannel("targetym-integrations");
const WINDOW = "popup,width=640,height=780";

// Must run inside the click: pop-up blockers refuse a window that opens after an answer.
function openWindow(provider) {
  const opened = window.open("about:blank", "_blank", WINDOW);
  if (!opened) return null;
  opened.document.title = provider.name;
  opened.document.body.textContent = `Opening ${provider.name}…`;
  // What noopener does; noopener itself would leave us without a handle to send it on.
  opened.opener = null;
  return opened;
}

function checked(url) {
  const protocol = URL.canParse(url) && new URL(url).protocol;
  if (["https:", "http:"].includes(protocol)) return url;
  throw new Failure({ code: "provider_error" });
}

// With the window blocked, a link does what a script may not. It opens a tab of its own too.
function offerLink(provider, url) {
  const link = el("a", { href: url, target: "_blank", rel: "noopener noreferrer", class: "primary" }, `Open ${provider.name}`);
  showBanner({
    kind: "info",
    title: `Your browser kept the ${provider.name} window closed`,
    text: "Open it yourself. This page updates when you are done.",
    extra: [link],
  });
}

function sendOn(opened, provider, url) {
  if (!opened || opened.closed) return offerLink(provider, url);
  opened.location.replace(url);
  return showBanner({
    kind: "info",
    title: `Finish in the ${provider.name} window`,
    text: "This page updates when you are done. Closed the window? Start again here.",
  });
}

async function runFlow(provider, begin, { failed }) {
  const opened = openWindow(provider);
  try {
    const { data } = await begin();
    sendOn(opened, provider, checked(data.url));
    return true;
  } catch (failure) {
    opened?.close();
    failed(failure);
    return false;
  }
}

// In the first page.
function listenForResults(arrived) {
  channel.addEventListener("message", ({ data }) => {
    const result = data?.type === "result" ? resultOf(data) : null;
    if (!result || !session.token) return;
    channel.postMessage({ type: "seen" });
    arrived(result);
  });
}

// In the page that the callback led to.
function reportResult(result, seen) {
  channel.addEventListener("message", ({ data }) => {
    if (data?.type === "seen") seen();
  });
  channel.postMessage({ type: "result", ...result });
}
