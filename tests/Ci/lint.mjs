// Lints workflows and composite actions by GitHub's own schema: node lint.mjs workflow|action FILE...
import { readFileSync } from "node:fs";
import { register } from "node:module";

// The library imports its schemas without saying that they are JSON, which Node wants to be told.
register(
  "data:text/javascript," +
    encodeURIComponent(`export function load(url, context, next) {
      return next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context);
    }`),
);
const parser = await import("@actions/workflow-parser");
const actions = await import("./node_modules/@actions/workflow-parser/dist/actions/action-parser.js");

const [kind, ...files] = process.argv.slice(2);
let failed = 0;
for (const name of files) {
  const file = { name, content: readFileSync(name, "utf8") };
  const parse = kind === "action" ? actions.parseAction : parser.parseWorkflow;
  for (const error of parse(file, new parser.NoOperationTraceWriter()).context.errors.getErrors()) {
    console.error(`${name}: ${error.message}`);
    failed++;
  }
}
process.exit(failed === 0 ? 0 : 1);
