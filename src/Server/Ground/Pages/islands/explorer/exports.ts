// Exports: the picture, and the values of the visible lines.
import type { Line, Scene } from "./data";
import { print, time } from "./units";

function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// The visible values of each visible line.
function seenOf(scene: Scene, seen: number[] | null): { line: Line; slots: number[] }[] {
  const inSight = seen && new Set(seen);
  return scene.lines.filter(line => !line.isHidden)
    .map(line => ({ line, slots: Array.from(line.slots).filter(slot => !inSight || inSight.has(slot)) }))
    .filter(({ slots }) => slots.length > 0);
}

function rowsOf(scene: Scene, seen: number[] | null) {
  return seenOf(scene, seen).flatMap(({ line, slots }) => slots.map(slot => {
    const { report, iteration } = scene.slots[slot];
    return {
      branch: line.branch, testbed: line.testbed, benchmark: line.benchmark, measure: line.measure, units: line.units,
      time: new Date(scene.reports.start_time[report] * 1000).toISOString(), version: scene.reports.version[report], hash: scene.reports.hash[report], iteration, value: line.value(slot)!,
      lower_limit: line.lower(slot), upper_limit: line.upper(slot), alert: line.alerts.get(slot)?.status ?? null,
    };
  }));
}

// Escapes text that a spreadsheet would run as a formula.
function cell(value: unknown): string {
  const text = value === null ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csv(scene: Scene, seen: number[] | null): string {
  const rows = rowsOf(scene, seen);
  const names = Object.keys(rows[0] ?? { value: 0 });
  return [names.join(","), ...rows.map(row => Object.values(row).map(cell).join(","))].join("\r\n") + "\r\n";
}

export function markdown(scene: Scene, seen: number[] | null): string {
  const escape = (text: string) => text.replace(/[|\\`*_[\]<>#@]/g, "\\$&");
  const lines = seenOf(scene, seen).map(({ line, slots }) => {
    const timeOf = (slot: number) => scene.reports.start_time[scene.slots[slot].report];
    const newest = slots.reduce((a, b) => timeOf(b) >= timeOf(a) ? b : a);
    return `| ${escape(line.name)} | ${escape(line.measure)} | ${print(line.value(newest)!, line)} | ${time(timeOf(newest))} | ${slots.length} |`;
  });
  return ["| Line | Measure | Newest | Time (UTC) | Values |", "|---|---|--:|---|--:|", ...lines].join("\n") + "\n";
}

/** @param seen The visible slots; null when all are visible. */
export function download(kind: string, scene: Scene, seen: number[] | null, root: HTMLElement): void {
  const { name } = scene.settings;
  if (kind === "csv") save(`${name}.csv`, new Blob([csv(scene, seen)], { type: "text/csv" }));
  else if (kind === "json") save(`${name}.json`, new Blob([JSON.stringify(rowsOf(scene, seen), null, 1)], { type: "application/json" }));
  else if (kind === "markdown") save(`${name}.md`, new Blob([markdown(scene, seen)], { type: "text/markdown" }));
  else if (kind === "png") picture(root, blob => save(`${name}.png`, blob));
}

// Copies all plots at their positions on the page, with the headings of small multiples, onto the page's background color, because a canvas is transparent.
function picture(root: HTMLElement, then: (blob: Blob) => void): void {
  const [canvas, outer, style] = [document.createElement("canvas"), root.getBoundingClientRect(), getComputedStyle(root)];
  [canvas.width, canvas.height] = [Math.round(outer.width * devicePixelRatio), Math.round(outer.height * devicePixelRatio)];
  const context = canvas.getContext("2d")!;
  context.scale(devicePixelRatio, devicePixelRatio);
  context.fillStyle = style.getPropertyValue("--paper");
  context.fillRect(0, 0, outer.width, outer.height);
  for (const drawn of root.querySelectorAll("canvas")) {
    const { left, top, width, height } = drawn.getBoundingClientRect();
    if (width > 0) context.drawImage(drawn, left - outer.left, top - outer.top, width, height);
  }
  for (const mark of root.querySelectorAll<HTMLElement>(".event-mark")) {
    const { left, top, width, height } = mark.getBoundingClientRect();
    if (width === 0) continue;
    const [x, y] = [left - outer.left + width / 2, top - outer.top + height / 2];
    context.beginPath();
    context.arc(x, y, 6.5, 0, 7);
    context.fillStyle = style.getPropertyValue("--paper");
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = context.fillStyle = style.getPropertyValue("--muted");
    context.stroke();
    context.font = "10px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(mark.dataset.count ?? "", x, y + 3.5);
    context.textAlign = "left";
  }
  context.fillStyle = style.getPropertyValue("--text");
  context.font = "600 13px system-ui, sans-serif";
  for (const heading of root.querySelectorAll(".tile-name")) {
    const { left, bottom, width } = heading.getBoundingClientRect();
    if (width > 0) context.fillText(heading.textContent ?? "", left - outer.left, bottom - outer.top - 4, width);
  }
  canvas.toBlob(blob => { if (blob) then(blob); }, "image/png");
}
