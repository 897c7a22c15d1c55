// How the scene is looked at: which axes, in the address, so that a view can be shared; and the numbers that follow from it.
import { eventKinds, type Line, type Part, type PlotEvent, type Scene } from "./data";

export type X = "order" | "date_time" | "version";
export type Y = "auto" | "linear" | "log" | "zero" | "first" | "reference";

/** What has a plot of its own: all lines together have one, or each line, or each benchmark and so on. */
export type Split = "" | "line" | "branch" | "testbed" | "benchmark" | "measure";

export interface View { x: X; y: Y; split: Split; reference: number | null; filter: string; limits: boolean;
  /** Kinds of events that are not marked. */
  quiet: string[];
  /** From where to where on the x axis; null where all of it is seen. */
  zoom: [number, number] | null;
}

/** @param data Where the server says which limits it drew: a page may show them without saying so in its own address. */
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

// Older addresses count the values.
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

/** Whether an address hides a line: by the UUIDs of what it is made of, or, in older addresses, by its place. */
export function isOff(line: Line, address: URL): boolean {
  const entries = (name: string) => (address.searchParams.get(name) ?? "").split(",").filter(text => text);
  const means = (entry: string) => /^\d+$/.test(entry) ? Number(entry) === line.index : entry.split(".").every(uuid => Object.values(line.uuids).includes(uuid));
  const only = entries("only");
  return entries("hide").some(means) || (only.length > 0 && !only.some(means));
}

// As few names as there are: of the lines that are hidden, or of those that are not.
function setLines(query: URLSearchParams, off: Line[], on: Line[]): void {
  const names = (lines: Line[]) => lines.map(line => line.id).join(",");
  const isOnly = on.length > 0 && on.length < off.length;
  for (const [name, lines] of [["hide", isOnly ? [] : off], ["only", isOnly ? on : []]] as [string, Line[]][])
    if (lines.length > 0) query.set(name, names(lines));
    else query.delete(name);
}

/** The address of what is seen, for what the server makes of a plot: its lists, times and axes, and lines that are left out where lists cannot say it. */
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

/** The words that the server knows are said in its own, so that the page without script shows the same as far as it can. */
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

/** The events that are marked, the oldest first. */
export function eventsOf(scene: Scene, view: View): PlotEvent[] {
  return scene.settings.events.filter(event => !view.quiet.includes(event.kind));
}

/** Which of the slots an event comes before: the last one where it came after all of them. */
export function slotOf(scene: Scene, slots: number[], event: PlotEvent): number {
  const at = slots.findIndex(slot => scene.reports.start_time[scene.slots[slot].report] >= event.time);
  return at < 0 ? slots.length - 1 : at;
}

/** What a line's values are divided by: its first one, or the one at the reference; null where they are shown as they are. */
export function baseOf(line: Line, slots: number[], view: View): number | null {
  if (view.y !== "first" && view.y !== "reference") return null;
  const until = view.y === "first" || view.reference === null ? 0 : slots.indexOf(view.reference);
  let base: number | null = null;
  for (let i = 0; i < slots.length; i++) {
    const value = line.value(slots[i]);
    if (value === null) continue;
    if (base !== null && i > until) break; // The newest at or before the reference, else the first after it.
    base = value;
    if (i >= until) break;
  }
  return base || null;
}

/** Words separated by spaces must all be in the name; an asterisk stands for anything. */
export function matches(name: string, filter: string): boolean {
  const text = name.toLowerCase();
  return filter.toLowerCase().split(/\s+/).filter(word => word).every(word =>
    word.includes("*") ? new RegExp(`^${word.split("*").map(part => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")).join(".*")}$`).test(text) : text.includes(word));
}
