// trello.js, as its users call it: reads the calls to make as JSON from stdin, writes what came of
// each to stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const modules = createRequire(join(process.env.NODE_PATH, "resolve.js"));
// It can only be imported, and NODE_PATH is for what is required.
const manifest = modules.resolve("trello.js/package.json");
const entry = join(dirname(manifest), modules(manifest).exports["."].import);
const { createTrelloClient } = await import(pathToFileURL(entry).href);

const { host, calls } = JSON.parse(readFileSync(0, "utf8"));
const outcomes = [];
for (const { token, api, method, parameters } of calls) {
  const trello = createTrelloClient({ host, headers: { Authorization: `Bearer ${token}` } });
  try {
    outcomes.push({ answer: await trello[api][method](parameters) });
  } catch (error) {
    outcomes.push({ error: error.message, kind: error.constructor.name });
  }
}
process.stdout.write(JSON.stringify(outcomes));
