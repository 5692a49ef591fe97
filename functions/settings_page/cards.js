// A card per provider, and in it a row per connected account.

const HEALTH = {
  healthy: { label: "Healthy", meaning: "Operating normally." },
  degraded: { label: "Degraded", meaning: "Some features may not work." },
  disconnected: { label: "Disconnected", meaning: "Connection lost." },
  syncing: { label: "Syncing", meaning: "Currently syncing data." },
};

const accountOf = (integration) => integration.accountName || integration.providerName;

function badge(integration) {
  const health = Object.hasOwn(HEALTH, integration.healthStatus) ? integration.healthStatus : "degraded";
  return el("span", { class: `badge ${health}`, title: HEALTH[health].meaning }, icon(health), HEALTH[health].label);
}

function explanation(integration) {
  const { status, healthStatus, providerName } = integration;
  if (status === "reauth_required") {
    const way = session.mayManage ? "Use Reconnect to go on." : "Ask someone with the Admin or HR role to reconnect it.";
    return `${providerName} must be authorized again. ${way}`;
  }
  if (status === "disconnected") return "Nothing is read or sent. Historical data is retained.";
  if (healthStatus === "degraded") return `${HEALTH.degraded.meaning} Try reconnecting, or check ${providerName}’s admin panel.`;
  return healthStatus === "syncing" ? HEALTH.syncing.meaning : null;
}

function since(label, iso) {
  const moment = time(iso);
  return moment && el("span", {}, `${label} `, moment);
}

function row(integration, provider, act) {
  const name = accountOf(integration);
  const live = integration.status === "active";
  const reconnectable = ["reauth_required", "disconnected"].includes(integration.status) || integration.healthStatus === "degraded";
  const buttons = [
    reconnectable && provider.availability === "active" ? button("Reconnect", () => act.reconnect(integration, provider), { name: `Reconnect ${name}` }) : null,
    integration.status === "disconnected" ? null : button("Disconnect", ({ currentTarget }) => act.disconnect(integration, currentTarget), { name: `Disconnect ${name}` }),
  ];
  const meaning = explanation(integration);
  return el(
    "li",
    { class: "connection", "data-integration": integration.id },
    el("h3", {}, name),
    el("p", { class: "facts" }, badge(integration), since("Connected", integration.connectedAt), since("Last sync", integration.lastSyncAt)),
    meaning ? el("p", {}, meaning) : null,
    session.mayManage && buttons.some(Boolean) ? el("div", { class: "choices" }, buttons) : null,
    live && provider.actions.some(({ id }) => id === "send_message") ? messageForm(integration, act) : null,
  );
}

function messageForm(integration, act) {
  const field = (name) => `${name}-${integration.id}`;
  const result = el("div", { role: "status", class: "result" });
  const send = el("button", { type: "submit", class: "plain" }, "Send message");
  // One key for one content: pressing Send again after a lost answer cannot post it twice.
  let key = crypto.randomUUID();
  const channel = el("input", { id: field("channel"), name: "channel", required: true, maxlength: 255, autocomplete: "off", spellcheck: "false", placeholder: "#general" });
  const text = el("textarea", { id: field("text"), name: "text", required: true, rows: 2, maxlength: 4000 });
  const submit = (event) => {
    event.preventDefault();
    whileBusy(send, async () => {
      result.replaceChildren("Sending…");
      const sent = await act.send(integration, { channel: channel.value.trim(), text: text.value }, key);
      result.replaceChildren(...sent.report);
      if (sent.done) {
        key = crypto.randomUUID();
        text.value = "";
      }
    });
  };
  const edited = () => {
    key = crypto.randomUUID();
  };
  return el(
    "details",
    {},
    el("summary", {}, "Send a test message"),
    el(
      "form",
      { submit, input: edited },
      el("label", { for: channel.id }, "Channel"),
      channel,
      el("label", { for: text.id }, "Message"),
      text,
      send,
      result,
    ),
  );
}

function permissionsOf(provider) {
  const listed = provider.scopes.map((scope) => el("li", {}, scope.explanation, " ", el("code", {}, scope.id)));
  return el(
    "details",
    {},
    el("summary", {}, "What Targetym may do", el("span", { class: "visually-hidden" }, ` in ${provider.name}`)),
    el("ul", {}, listed),
  );
}

function connectButton(provider, connected, act) {
  if (!session.mayManage || provider.availability !== "active") return null;
  const [label, name] = connected ? ["Connect another", `Connect another ${provider.name} account`] : ["Connect", `Connect to ${provider.name}`];
  return button(label, () => act.connect(provider), { kind: connected ? "plain" : "primary", name });
}

function unavailable(provider) {
  if (provider.availability === "active") return null;
  return el("p", { class: "notice" }, marked(provider.setup ?? `${provider.name} cannot be connected here.`));
}

function card(provider, integrations, act) {
  const headingId = `provider-${provider.id}`;
  const connected = integrations.some(({ status }) => status !== "disconnected");
  return el(
    "section",
    { class: "card", "aria-labelledby": headingId },
    el(
      "div",
      { class: "provider" },
      icon(provider.icon ?? "service"),
      el("div", {}, el("h2", { id: headingId, tabindex: "-1" }, provider.name), el("p", { class: "features" }, provider.features.join(" · "))),
      connectButton(provider, connected, act),
    ),
    unavailable(provider),
    integrations.length ? el("ul", { class: "connections" }, integrations.map((one) => row(one, provider, act))) : null,
    integrations.length || provider.availability === "active" ? permissionsOf(provider) : null,
  );
}

// A connection whose provider has left the catalogue stays visible, so that it can be disconnected.
function withoutCatalogue({ providerId, providerName }) {
  return { id: providerId, name: providerName, icon: "service", features: [], scopes: [], actions: [], availability: "retired" };
}

function cards({ providers, integrations, more }, act) {
  const known = new Map(providers.map((provider) => [provider.id, provider]));
  for (const one of integrations) {
    if (!known.has(one.providerId)) known.set(one.providerId, withoutCatalogue(one));
  }
  const all = [...known.values()];
  const of = (provider) => integrations.filter(({ providerId }) => providerId === provider.id);
  return [
    session.mayManage ? null : el("p", { class: "notice" }, "You can see and use what is connected. Connecting and disconnecting need the Admin or HR role."),
    integrations.length ? null : el("p", { class: "empty" }, all.length ? "Nothing is connected yet. Choose a service to begin." : "This deployment offers no services."),
    more ? el("p", { class: "notice" }, `Only the first ${integrations.length} connections are shown.`) : null,
    el("div", { class: "cards" }, all.map((provider) => card(provider, of(provider), act))),
  ];
}
