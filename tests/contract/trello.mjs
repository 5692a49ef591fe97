// trello.js, as its users call it: makes the calls asked for in turn, and prints what came of each.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

// It can only be imported, and what is imported is not looked for in PACKAGES.
const packages = createRequire(process.env.PACKAGES);
const manifest = packages.resolve("trello.js/package.json");
const entry = join(dirname(manifest), packages(manifest).exports["."].import);
const { createTrelloClient } = await import(pathToFileURL(entry));
const { host, calls } = JSON.parse(process.argv[2]);

const outcomes = [];
for (const { token, api, method, parameters } of calls) {
  const trello = createTrelloClient({ host, headers: { Authorization: `Bearer ${token}` } });
  try {
    outcomes.push({ answer: await trello[api][method](parameters) });
  } catch (error) {
    outcomes.push({ error: error.message, kind: error.constructor.name });
  }
}
console.log(JSON.stringify(outcomes));
