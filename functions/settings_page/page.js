// The page: what it shows when, and what its buttons do.

const PATIENT = 5_000; // for the window that should send the token
const SYNCING = 3_000; // until somebody looks whether a sync has ended
const state = { shown: null, waiting: false, returned: null, again: null };

function show(...nodes) {
  const content = byId("content");
  content.setAttribute("aria-busy", "false");
  content.replaceChildren(...nodes.flat().filter(Boolean));
}

function showLoading() {
  announce("Loading integrations");
  const content = byId("content");
  content.setAttribute("aria-busy", "true");
  content.replaceChildren(byId("skeleton").content.cloneNode(true));
}

function panel(title, text, ...more) {
  return el("div", { class: "panel" }, el("h2", { tabindex: "-1" }, title), el("p", {}, text), more);
}

function focusOnPanel() {
  byId("content").querySelector("h2")?.focus();
}

function howToSignIn() {
  if (settings.stage === "local") {
    return el("p", {}, "Open the address that ", el("code", {}, "make run"), " printed after ", el("code", {}, "settings:"), ", or put ", el("code", {}, "#token="), " and what ", el("code", {}, "make -s token"), " prints behind this page’s address.");
  }
  return el("p", {}, "Open Settings → Integrations in Targetym. If Targetym is open in another window, reload it there.");
}

function showSignedOut() {
  state.shown = null;
  show(panel("Open this page from Targetym", "It needs your Targetym session, which it never stores.", howToSignIn()));
}

function showSessionEnded() {
  forgetToken();
  clearTimeout(state.again);
  state.shown = null;
  show(panel("Your session has ended", "Nothing was lost. Sign in again to go on.", howToSignIn()));
  announce("");
  focusOnPanel();
  // Once for each token that worked: two pages must not keep handing over what is refused.
  if (session.proven) askForToken();
  session.proven = false;
}

function showRefusedRole(failure) {
  show(panel("Your role cannot see integrations", failure.advice || "They are for the Admin, HR and Manager roles.", el("p", {}, "Ask an administrator of your organization for access.")));
  focusOnPanel();
}

function showLoadFailure(failure) {
  const problem = API_PROBLEMS[failure.code];
  state.shown = null;
  show(
    panel(
      named(problem.title, "the service"),
      failure.advice || named(problem.text ?? "The integrations could not be loaded.", "the service"),
      steps((problem.steps ?? []).map((step) => named(step, "the service"))),
      failure.requestId ? el("p", { class: "reference" }, "Reference: ", el("code", {}, failure.requestId)) : "",
      button("Try again", load, { kind: "primary" }),
    ),
  );
  focusOnPanel();
}

function loadFailed(failure) {
  if (!(failure instanceof Failure)) throw failure;
  if (failure.endsSession) return showSessionEnded();
  return failure.code === "forbidden" ? showRefusedRole(failure) : showLoadFailure(failure);
}

// What is syncing will not be for long. A half-written message stays where it is.
function lookAgain(integrations) {
  clearTimeout(state.again);
  if (!integrations.some(({ healthStatus }) => healthStatus === "syncing")) return;
  const writing = () => Boolean(document.activeElement?.closest("form"));
  state.again = setTimeout(() => (writing() ? lookAgain(integrations) : load()), SYNCING);
}

async function load() {
  if (!state.shown) showLoading();
  try {
    const fetched = await fetchEverything();
    const text = JSON.stringify([fetched, session.mayManage]);
    // Drawn anew only when something changed: a half-written message stays where it is.
    if (text !== state.shown?.text) show(cards(fetched, actions));
    state.shown = { text, ...fetched };
    lookAgain(fetched.integrations);
    session.proven = true;
    announce("");
  } catch (failure) {
    loadFailed(failure);
  }
}

function nameOf(providerId) {
  return state.shown?.providers.find(({ id }) => id === providerId)?.name ?? "the service";
}

function showProblem(failure, providerName) {
  if (!(failure instanceof Failure)) throw failure;
  if (failure.endsSession) return showSessionEnded();
  const problem = API_PROBLEMS[failure.code];
  if (failure.code === "forbidden") learnRole();
  return showBanner({
    kind: "bad",
    title: named(problem.title, providerName),
    text: failure.advice || named(problem.text ?? "", providerName),
    list: problem.steps?.map((step) => named(step, providerName)),
    reference: failure.requestId,
  });
}

// For a form, the problem belongs beside it and not on top of the page.
function inPlace(failure, providerName) {
  if (!(failure instanceof Failure)) throw failure;
  if (failure.endsSession) {
    showSessionEnded();
    return [];
  }
  const problem = API_PROBLEMS[failure.code];
  const reference = failure.requestId ? el("p", { class: "reference" }, "Reference: ", el("code", {}, failure.requestId)) : "";
  return [
    `${named(problem.title, providerName)}. ${failure.advice}`,
    steps(problem.steps?.map((step) => named(step, providerName))) ?? "",
    reference,
  ];
}

function learnRole() {
  session.mayManage = false;
  load();
}

// The part of the result that needs no token; the name is known only once the list is there.
function showResult(result) {
  if (result.error) {
    const problem = FLOW_PROBLEMS[result.error];
    const name = nameOf(result.provider);
    return showBanner({
      kind: "bad",
      title: named(problem.title, name),
      text: named(problem.text, name),
      list: problem.steps.map((step) => named(step, name)),
    });
  }
  const made = state.shown?.integrations.find(({ id }) => id === result.integration);
  // An address can claim anything; once the list is there, the list decides.
  if (state.shown && made?.status !== "active") return hideBanner();
  return showBanner({
    kind: "good",
    title: made ? `${accountOf(made)} is connected` : "Connected",
    text: made ? `Targetym now works with ${made.providerName}.` : "The authorization is complete.",
  });
}

async function resultArrived(result) {
  state.waiting = false;
  await load();
  showResult(result);
}

async function authorize(provider, begin) {
  const failed = (failure) => showProblem(failure, provider.name);
  state.waiting = (await runFlow(provider, begin, { failed })) || state.waiting;
}

const actions = {
  connect(provider) {
    askToConnect(provider, {}, (scopes) => authorize(provider, () => beginConnect(provider.id, scopes)));
  },
  reconnect(integration, provider) {
    askToConnect(provider, { again: true }, (scopes) => authorize(provider, () => beginReconnect(integration.id, scopes)));
  },
  disconnect(integration, control) {
    askToDisconnect(integration, () =>
      whileBusy(control, async () => {
        try {
          const { data } = await disconnect(integration.id);
          await load();
          showBanner({
            kind: "good",
            title: `${accountOf(integration)} is disconnected`,
            // Where another connection needs the installation, the answer says what stays.
            text: data?.message ?? "The tokens are destroyed. Historical data is retained.",
          });
        } catch (failure) {
          showProblem(failure, integration.providerName);
        }
      }),
    );
  },
  async send(integration, message, key) {
    try {
      await sendMessage(integration.id, message, key);
      return { done: true, report: [`Sent to ${message.channel}.`] };
    } catch (failure) {
      return { done: false, report: ["Not sent. ", ...inPlace(failure, integration.providerName)] };
    }
  },
};

function showHelp() {
  const topics = [FLOW_PROBLEMS.authorization_failed, INVALID_REDIRECT, FLOW_PROBLEMS.access_denied, DEGRADED];
  const redirect = el("code", {}, `${settings.baseUrl}/api/integrations/<service>/callback`);
  const articles = topics.map((topic) => {
    const list = steps(topic.steps.map((step) => named(step, "the service")));
    if (topic === INVALID_REDIRECT) list.lastChild.append(" ", redirect);
    return [el("h3", {}, named(topic.title, "the service")), list];
  });
  byId("help").append(el("details", {}, el("summary", {}, "Help with connecting"), articles));
}

function showReturned(result) {
  showResult(result);
  show(panel("To go on", "This window has the result, but not your Targetym session.", howToSignIn()));
  reportResult(result, () => {
    show(panel("You can close this window", "Settings → Integrations shows the result in the window you came from."));
    window.close();
  });
}

function showFault() {
  showBanner({
    kind: "bad",
    title: "Something went wrong in this page",
    text: "Load it again. If that does not help, contact Targetym support.",
  });
}

function begin() {
  const result = takeAddress();
  if (session.token) {
    load().then(() => result && showResult(result));
  } else if (result) {
    state.returned = result;
    showReturned(result);
  } else if (peers().length) {
    showLoading();
    setTimeout(() => byId("content").ariaBusy === "true" && !session.token && showSignedOut(), PATIENT);
  } else {
    showSignedOut();
  }
}

async function tokenArrived() {
  const { returned } = state;
  state.returned = null;
  await load();
  if (returned) showResult(returned);
}

function start() {
  if (location.origin !== settings.baseUrl) {
    show(panel("This page has another address", "Connecting works only at the address below, where the provider comes back to.", el("p", {}, el("a", { href: `${settings.baseUrl}${location.pathname}` }, `${settings.baseUrl}${location.pathname}`))));
    return;
  }
  showHelp();
  listenForToken(tokenArrived);
  listenForResults(resultArrived);
  window.addEventListener("unhandledrejection", showFault);
  window.addEventListener("hashchange", begin);
  window.addEventListener("focus", () => state.waiting && session.token && load());
  setInterval(refreshTimes, 60_000);
  begin();
  if (!session.token) askForToken();
}

start();
