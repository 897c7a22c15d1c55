// What leaves the page: the picture, and the values of the lines that are shown.
import type { Scene } from "./data";
import { print, time } from "./units";

function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function rowsOf(scene: Scene) {
  return scene.lines.filter(line => !line.isHidden).flatMap(line => [...line.values].map(([slot, value]) => {
    const { report, iteration } = scene.slots[slot];
    return {
      branch: line.branch, testbed: line.testbed, benchmark: line.benchmark, measure: line.measure, units: line.units,
      time: new Date(scene.reports.start_time[report] * 1000).toISOString(), version: scene.reports.version[report], hash: scene.reports.hash[report], iteration, value,
      lower_limit: line.lower.get(slot) ?? null, upper_limit: line.upper.get(slot) ?? null, alert: line.alerts.get(slot)?.status ?? null,
    };
  }));
}

// A cell that a spreadsheet would take for a formula is a text.
function cell(value: unknown): string {
  const text = value === null ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csv(scene: Scene): string {
  const rows = rowsOf(scene);
  const names = Object.keys(rows[0] ?? { value: 0 });
  return [names.join(","), ...rows.map(row => Object.values(row).map(cell).join(","))].join("\r\n") + "\r\n";
}

export function markdown(scene: Scene): string {
  const escape = (text: string) => text.replace(/[|\\`*_[\]<>#@]/g, "\\$&");
  const lines = scene.lines.filter(line => !line.isHidden).map(line => {
    const points = [...line.values].sort((a, b) => scene.reports.start_time[scene.slots[a[0]].report] - scene.reports.start_time[scene.slots[b[0]].report]);
    const [slot, newest] = points[points.length - 1];
    return `| ${escape(line.name)} | ${escape(line.measure)} | ${print(newest, line.units)} | ${time(scene.reports.start_time[scene.slots[slot].report])} | ${points.length} |`;
  });
  return ["| Line | Measure | Newest | Time (UTC) | Values |", "|---|---|--:|---|--:|", ...lines].join("\n") + "\n";
}

export function download(kind: string, scene: Scene, root: HTMLElement): void {
  const { name } = scene.settings;
  if (kind === "csv") save(`${name}.csv`, new Blob([csv(scene)], { type: "text/csv" }));
  else if (kind === "json") save(`${name}.json`, new Blob([JSON.stringify(rowsOf(scene), null, 1)], { type: "application/json" }));
  else if (kind === "markdown") save(`${name}.md`, new Blob([markdown(scene)], { type: "text/markdown" }));
  else if (kind === "png") picture(root, blob => save(`${name}.png`, blob));
}

// On paper of the page's color: a canvas has none.
function picture(root: HTMLElement, then: (blob: Blob) => void): void {
  const drawn = root.querySelector("canvas")!;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [drawn.width, drawn.height];
  const context = canvas.getContext("2d")!;
  context.fillStyle = getComputedStyle(root).getPropertyValue("--paper");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(drawn, 0, 0);
  canvas.toBlob(blob => { if (blob) then(blob); }, "image/png");
}
