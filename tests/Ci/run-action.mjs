// Runs the steps of a composite action on this machine, as a runner does: node run-action.mjs FOLDER
// Inputs are read from the variable INPUTS (JSON). Knows expressions that are one name, as ${{ inputs.command }}.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";

const folder = resolve(process.argv[2]);
const action = parse(readFileSync(join(folder, "action.yml"), "utf8"));
const given = JSON.parse(process.env.INPUTS ?? "{}");
const github = { token: process.env.GITHUB_TOKEN ?? "" };

const inputs = {};
for (const [name, input] of Object.entries(action.inputs)) {
  if (input.required && !(name in given)) throw new Error(`The input ${name} is required.`);
  inputs[name] = given[name] ?? evaluate(input.default ?? "");
}
for (const name of Object.keys(given)) if (!(name in action.inputs)) throw new Error(`There is no input ${name}.`);

const pathFile = join(mkdtempSync(join(tmpdir(), "paddock-action-")), "path");
writeFileSync(pathFile, "");
for (const step of action.runs.steps) {
  const env = { ...process.env, GITHUB_ACTION_PATH: folder, GITHUB_PATH: pathFile };
  delete env.INPUTS;
  const more = readFileSync(pathFile, "utf8").split("\n").filter(Boolean);
  env.PATH = [...more.reverse(), env.PATH].join(":");
  for (const [name, value] of Object.entries(step.env ?? {})) env[name] = evaluate(value);
  if (step.run.includes("${{")) throw new Error("An expression in a script would be run as a piece of it.");
  const { status } = spawnSync(step.shell, ["-eo", "pipefail", "-c", step.run], { env, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function evaluate(text) {
  return String(text).replace(/\$\{\{\s*(\w+)\.(\w+)\s*\}\}/g, (_, scope, name) => {
    const value = { inputs, github }[scope]?.[name];
    if (value === undefined) throw new Error(`${scope}.${name} is not known here.`);
    return value;
  });
}
