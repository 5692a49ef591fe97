// The two questions that are asked before anything happens: what may Targetym do, and is this
// connection really to go.

const DISCONNECTING = [
  "OAuth tokens are destroyed, and revoked where {provider} offers that",
  "Webhooks are disabled",
  "Sync jobs are stopped",
  "Historical data is retained (unless you request deletion)",
];

// confirmed runs inside the click, so that it may still open a window.
function ask({ title, content, confirm, kind, confirmed }) {
  const dialog = byId("dialog");
  const decide = () => {
    confirmed();
    dialog.close();
  };
  dialog.replaceChildren(
    el("h2", { id: "dialog-title" }, title),
    ...content,
    el(
      "div",
      { class: "choices" },
      button("Cancel", () => dialog.close()),
      button(confirm, decide, { kind }),
    ),
  );
  dialog.showModal();
}

function permission(scope) {
  const id = `scope-${scope.id}`;
  const note = el("span", { id: `${id}-note`, class: "note" }, scope.required ? "required · " : "optional · ", el("code", {}, scope.id));
  if (scope.required) {
    return el("li", {}, icon("healthy"), el("div", {}, el("span", { class: "name" }, scope.explanation), note));
  }
  const box = el("input", { type: "checkbox", id, value: scope.id, checked: true, "aria-describedby": note.id });
  return el("li", {}, box, el("div", {}, el("label", { for: id, class: "name" }, scope.explanation), note));
}

function wanted(scopes, boxes) {
  const ticked = new Set([...boxes.querySelectorAll("input:checked")].map((box) => box.value));
  return scopes.filter((scope) => scope.required || ticked.has(scope.id)).map((scope) => scope.id);
}

function askToConnect(provider, { again = false }, begin) {
  const boxes = el("ul", { class: "permissions" }, provider.scopes.map(permission));
  const optional = provider.scopes.some((scope) => !scope.required);
  ask({
    title: again ? `Reconnect ${provider.name}` : `Connect to ${provider.name}`,
    content: [
      el("p", {}, `Targetym asks ${provider.name} for these permissions:`),
      boxes,
      optional ? el("p", { class: "note" }, "Untick what you do not want to allow. What needs it will not work.") : "",
      el("p", {}, `${provider.name} opens in a window of its own, where you review them and decide.`),
    ],
    confirm: `Continue to ${provider.name}`,
    kind: "primary",
    confirmed: () => begin(wanted(provider.scopes, boxes)),
  });
}

function askToDisconnect(integration, begin) {
  ask({
    title: `Disconnect ${accountOf(integration)}?`,
    content: [
      el("p", {}, `This ends the connection to ${integration.providerName} for everyone in your organization:`),
      steps(DISCONNECTING.map((step) => named(step, integration.providerName))),
      el("p", {}, "You can reconnect later."),
    ],
    confirm: "Disconnect",
    kind: "danger",
    confirmed: begin,
  });
}
