// The view of a scene: axes, filter and zoom, kept in the URL so that it can be shared; and numbers derived from the view.
import { eventKinds, type Line, type Part, type PlotEvent, type Scene } from "./data";

export type X = "order" | "date_time" | "version";
export type Y = "auto" | "linear" | "log" | "zero" | "first" | "reference";

/** The small multiples: one plot for all lines, or one for each line, branch, benchmark and so on. */
export type Split = "" | "line" | "branch" | "testbed" | "benchmark" | "measure";

export interface View { x: X; y: Y; split: Split; reference: number | null; filter: string; limits: boolean;
  /** Kinds of events that are not marked. */
  quiet: string[];
  /** The visible range of the x axis; null for all of it. */
  zoom: [number, number] | null;
}

/** @param data The URL of the plot's data, which names the limits that the server drew. The page's own URL may not name them. */
export function viewOf(address: URL, data: URL, scene: Scene): View {
  const query = address.searchParams;
  const x = query.get("x") ?? query.get("x_axis");
  const y = query.get("y") ?? query.get("y_axis");
  const split = query.get("split");
  const zoom = (query.get("zoom") ?? "").split("_").map(Number);
  return {
    zoom: zoom.length === 2 && zoom.every(Number.isFinite) && zoom[0] < zoom[1] ? [zoom[0], zoom[1]] : null,
    x: x === "order" || x === "version" ? x : "date_time",
    y: y === "linear" || y === "log" || y === "zero" || y === "first" || y === "reference" ? y : "auto",
    split: split === "line" || split === "branch" || split === "testbed" || split === "benchmark" || split === "measure" ? split : "",
    reference: referenceOf(query.get("reference"), scene),
    filter: query.get("filter") ?? "",
    quiet: (query.get("hide_events") ?? "").split(",").filter(kind => kind in eventKinds),
    limits: data.searchParams.get("lower_boundary") === "true" || data.searchParams.get("upper_boundary") === "true",
  };
}

// Older URLs use the index of the slot.
function referenceOf(text: string | null, scene: Scene): number | null {
  if (!text) return null;
  const [uuid, iteration] = text.split(".");
  const slot = /^\d+$/.test(text) ? Number(text) : scene.slots.findIndex(one => scene.reports.uuid[one.report] === uuid && one.iteration === Number(iteration ?? 0));
  return slot >= 0 && slot < scene.slots.length ? slot : null;
}

function referenceText(slot: number, scene: Scene): string {
  const { report, iteration } = scene.slots[slot];
  return scene.reports.uuid[report] + (iteration > 0 ? `.${iteration}` : "");
}

/** True when a URL hides a line: by the UUIDs of its parts or, in older URLs, by its index. */
export function isOff(line: Line, address: URL): boolean {
  const entries = (name: string) => (address.searchParams.get(name) ?? "").split(",").filter(text => text);
  const means = (entry: string) => /^\d+$/.test(entry) ? Number(entry) === line.index : entry.split(".").every(uuid => Object.values(line.uuids).includes(uuid));
  const only = entries("only");
  return entries("hide").some(means) || (only.length > 0 && !only.some(means));
}

// Names the hidden lines or the visible lines, whichever are fewer.
function setLines(query: URLSearchParams, off: Line[], on: Line[]): void {
  const names = (lines: Line[]) => lines.map(line => line.id).join(",");
  const isOnly = on.length > 0 && on.length < off.length;
  for (const [name, lines] of [["hide", isOnly ? [] : off], ["only", isOnly ? on : []]] as [string, Line[]][])
    if (lines.length > 0) query.set(name, names(lines));
    else query.delete(name);
}

/** The URL by which the server renders the same view: lists, times and axes, and the hidden lines that the lists cannot exclude. */
export function seenOf(scene: Scene, view: View, seen: number[] | null, address: URL): URL {
  const { searchParams: query } = address;
  const lines = scene.lines.filter(line => !line.isHidden);
  if (lines.length > 0 && lines.length < scene.lines.length) {
    const narrow = (name: string, part: Part, beside?: string, besidePart?: Part) => {
      const [all, others] = [(query.get(name) ?? "").split(","), (beside && query.get(beside) || "").split(",")];
      const kept = all.map((_, i) => i).filter(i => lines.some(line => line.uuids[part] === all[i] && (!besidePart || !others[i] || line.uuids[besidePart] === others[i])));
      query.set(name, kept.map(i => all[i]).join(","));
      if (beside && query.has(beside)) query.set(beside, kept.map(i => others[i] ?? "").join(","));
    };
    narrow("branches", "branch", "heads", "head");
    narrow("testbeds", "testbed", "specs", "spec");
    narrow("benchmarks", "benchmark");
    narrow("measures", "measure");
    const has = (name: string, uuid: string) => query.get(name)!.includes(uuid);
    const left = scene.lines.filter(line => line.isHidden && has("branches", line.uuids.branch) && has("testbeds", line.uuids.testbed) && has("benchmarks", line.uuids.benchmark) && has("measures", line.uuids.measure));
    setLines(query, left, left.length > 0 ? lines : []);
  }
  if (seen && seen.length > 0) {
    const reports = seen.map(slot => scene.slots[slot].report);
    query.set("start_time", String(1000 * reports.reduce((least, report) => Math.min(least, scene.reports.start_time[report]), Infinity)));
    query.set("end_time", String(1000 * reports.reduce((most, report) => Math.max(most, scene.reports.end_time[report]), 0)));
  }
  setAxes(query, view);
  return address;
}

function setAxes(query: URLSearchParams, view: View): void {
  const set = (name: string, value: string | null) => value ? query.set(name, value) : query.delete(name);
  set("x_axis", view.x === "version" || view.x === "order" ? "version" : null);
  set("y_axis", view.y === "linear" || view.y === "log" ? view.y : null);
}

/** Writes the view to the URL, with the server's own parameters where it has them, so that the page without script shows as much of it as possible. */
export function keep(view: View, scene: Scene, address = new URL(location.href)): void {
  const query = address.searchParams;
  const set = (name: string, value: string | null) => value ? query.set(name, value) : query.delete(name);
  set("x", view.x === "order" ? "order" : null);
  set("y", view.y === "zero" || view.y === "first" || view.y === "reference" ? view.y : null);
  setAxes(query, view);
  set("split", view.split);
  set("reference", view.y === "reference" && view.reference !== null ? referenceText(view.reference, scene) : null);
  set("filter", view.filter || null);
  setLines(query, scene.lines.filter(line => line.isOff), scene.lines.filter(line => !line.isOff));
  set("hide_events", view.quiet.join(","));
  set("zoom", view.zoom ? view.zoom.map(end => Number(end.toFixed(3))).join("_") : null);
  history.replaceState(null, "", address);
}

export function xOf(scene: Scene, slot: number, x: X): number {
  const report = scene.slots[slot].report;
  return x === "date_time" ? scene.reports.start_time[report] : x === "version" ? scene.reports.version[report] : scene.order[report];
}

/** All slots from left to right. */
export function inOrder(scene: Scene, x: X): number[] {
  const { slots, reports } = scene;
  const [xs, times] = [slots.map((_, slot) => xOf(scene, slot, x)), slots.map(slot => reports.start_time[slot.report])];
  const compare = (a: number, b: number) => xs[a] - xs[b] || times[a] - times[b] || slots[a].iteration - slots[b].iteration;
  const order = slots.map((_, slot) => slot);
  return order.every((slot, i) => i === 0 || compare(order[i - 1], slot) <= 0) ? order : order.sort(compare);
}

/** The marked events, oldest first. */
export function eventsOf(scene: Scene, view: View): PlotEvent[] {
  return scene.settings.events.filter(event => !view.quiet.includes(event.kind));
}

/** The position of the first slot at or after an event, or else of the last slot. */
export function slotOf(scene: Scene, slots: number[], event: PlotEvent): number {
  const at = slots.findIndex(slot => scene.reports.start_time[scene.slots[slot].report] >= event.time);
  return at < 0 ? slots.length - 1 : at;
}

/** The divisor of a line's values: the first value, or the value at the reference; null when the values are absolute. */
export function baseOf(line: Line, slots: number[], view: View): number | null {
  if (view.y !== "first" && view.y !== "reference") return null;
  const until = view.y === "first" || view.reference === null ? 0 : slots.indexOf(view.reference);
  let base: number | null = null;
  for (let i = 0; i < slots.length; i++) {
    const value = line.value(slots[i]);
    if (value === null) continue;
    if (base !== null && i > until) break; // The newest value at or before the reference, or else the first after it.
    base = value;
    if (i >= until) break;
  }
  return base || null;
}

/** True when the name contains every word of the filter; an asterisk matches anything. */
export function matches(name: string, filter: string): boolean {
  const text = name.toLowerCase();
  return filter.toLowerCase().split(/\s+/).filter(word => word).every(word =>
    word.includes("*") ? new RegExp(`^${word.split("*").map(part => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")).join(".*")}$`).test(text) : text.includes(word));
}
