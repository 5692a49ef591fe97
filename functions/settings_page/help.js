// What can go wrong and what a person does about it. The words of "Authorization Failed",
// "Invalid Redirect URI", "Access Denied" and the Degraded checklist are the user guide's.
// {provider} is replaced by the provider's name.

const TRY_LATER = [
  "Wait a few minutes and try again.",
  "Contact Targetym support if it goes on, and give them the reference below.",
];

// Values of ?error= that the callback may send back; anything else reads as authorization_failed.
const FLOW_PROBLEMS = {
  access_denied: {
    title: "Access denied",
    text: "The permissions were not granted at {provider}. Nothing was connected.",
    steps: [
      "Connect again and grant all the required permissions.",
      "Check that the administrator of the workspace has enabled the integration.",
    ],
  },
  approval_required: {
    title: "An administrator must approve first",
    text: "Your {provider} workspace lets only approved apps in. Nothing was connected.",
    steps: [
      "Ask an administrator of the {provider} workspace to approve Targetym.",
      "Then connect again.",
    ],
  },
  authorization_failed: {
    title: "Authorization failed",
    text: "{provider} did not complete the authorization. Nothing was connected.",
    steps: [
      "Verify that you have admin access to the workspace.",
      "Check that pop-up blockers are disabled for this page.",
      "Try an incognito or private window.",
      "Clear the browser’s cache and cookies for this site.",
    ],
  },
  invalid_flow: {
    title: "This authorization is not valid here",
    text: "It was used already, or it was started in another browser. Nothing was changed.",
    steps: ["Start again with Connect, and finish in the same browser."],
  },
  expired_flow: {
    title: "The authorization took too long",
    text: "It must be finished within ten minutes. Nothing was changed.",
    steps: ["Start again with Connect."],
  },
  account_mismatch: {
    title: "That was another account",
    text: "You signed in to a different {provider} account than the one connected here. The existing connection is unchanged.",
    steps: [
      "Reconnect, and choose the account that the card names.",
      "To use both accounts, add the other one with Connect.",
    ],
  },
  account_in_use: {
    title: "This account is already in use",
    text: "This {provider} account is already connected. Nothing was changed.",
    steps: ["Look for it in the list on this page.", "If it is not there, contact Targetym support."],
  },
  insufficient_scope: {
    title: "Permissions are missing",
    text: "{provider} did not grant everything this needs.",
    steps: [
      "Reconnect and grant all the required permissions.",
      "Check that the administrator of the workspace allows them.",
    ],
  },
  provider_error: {
    title: "{provider} reported an error",
    text: "{provider} answered, but not with what was asked for.",
    steps: ["Check {provider}’s own status page and admin panel.", ...TRY_LATER],
  },
  provider_unavailable: {
    title: "{provider} cannot be reached",
    text: "{provider} did not answer in time.",
    steps: ["Check {provider}’s own status page.", ...TRY_LATER],
  },
};

// Codes of the API. Its message already says what to do next; steps stand where more helps.
const API_PROBLEMS = {
  ...FLOW_PROBLEMS,
  invalid_request: { title: "The request was not understood" },
  unknown_field: { title: "The request was not understood", steps: ["Load this page again: it may be older than the service."] },
  unknown_provider: { title: "This service is not known", steps: ["Load this page again: it may be older than the service."] },
  provider_unconfigured: { title: "{provider} is not set up", steps: ["Contact your Targetym administrator."] },
  unknown_scope: { title: "A permission is not known", steps: ["Load this page again: it may be older than the service."] },
  return_to_not_allowed: { title: "The way back is not allowed", steps: ["Contact your Targetym administrator."] },
  unauthenticated: { title: "Your session has ended" },
  forbidden: { title: "Your role does not allow this", steps: ["Ask someone with the Admin or HR role in Targetym."] },
  not_found: { title: "This connection no longer exists", steps: ["Load this page again to see what is connected now."] },
  conflict: { title: "Something else changed this first", steps: ["Load this page again and repeat what you did."] },
  sync_running: { title: "A sync is already running", steps: ["Wait until it has finished."] },
  reauth_required: { title: "{provider} must be authorized again", steps: ["Click Reconnect and authorize access again."] },
  integration_disconnected: { title: "{provider} is disconnected", steps: ["Click Reconnect and authorize access again."] },
  idempotency_conflict: { title: "This was already sent with other content", steps: ["Check at {provider} what arrived before you send again."] },
  too_many_flows: { title: "Too many authorizations are open", steps: ["Finish one of them, or wait ten minutes."] },
  rate_limited: { title: "Too many requests", steps: ["Wait a little before you try again."] },
  timeout: { title: "This took too long", steps: TRY_LATER },
  temporarily_unavailable: { title: "Not available at the moment", steps: TRY_LATER },
  internal: { title: "Something went wrong on our side", steps: TRY_LATER },
  offline: {
    title: "No connection",
    text: "Targetym could not be reached.",
    steps: ["Check your network connection, then try again."],
  },
};

const DEGRADED = {
  title: "A connection shows “Degraded”",
  text: "The authorization may have expired, permissions may have been revoked, or {provider} may have changed something.",
  steps: [
    "Try reconnecting the integration.",
    "Check {provider}’s admin panel for issues.",
    "Contact Targetym support.",
  ],
};

const INVALID_REDIRECT = {
  title: "{provider} shows “Invalid redirect URI”",
  text: "The service does not know this address of Targetym.",
  steps: [
    "Contact your Targetym administrator.",
    "They ensure that the OAuth app is configured correctly: its redirect URI must be exactly",
  ],
};

function named(text, provider) {
  const filled = text.replaceAll("{provider}", provider);
  return filled.charAt(0).toUpperCase() + filled.slice(1);
}
