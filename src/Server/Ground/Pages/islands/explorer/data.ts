// The scene: the server's compact form of a plot (docs/plots.md), and the settings from the page.

import { scaleOf, time, type Scale } from "./units";

/** A report that was measured on another kind of machine than the previous report. */
export interface MachineChange { report: number; text: string }

export interface Change {
  series: number; number: number; verdict: "slower" | "faster"; state: string; before: number; after: number; address: string;
  /** The branch of the change. Differs from the line's branch when that branch began there and took the change over. */
  branch: string;
  /** The version at which the return of the values was proven. */
  returned: number | null;
}

/** The start of a branch: the last version that it took over. */
export interface Begin { branch: string; base: string; number: number; at: string }

/** Something that happened to the project and may explain a curve. */
export interface PlotEvent { time: number; kind: string; text: string; address: string | null }

/** The kinds of events, with their names in the legend. */
export const eventKinds: Record<string, string> = { decision: "Decisions", threshold: "Thresholds", machine: "Runners and specs", retention: "Retention", setting: "Settings" };

/** The settings that the plot's page passes to this program. */
export interface Settings {
  data: string; reports: string; metrics: string; alerts: string; commits: string | null; image: string; name: string; palette: string[]; changes: Change[]; machines: MachineChange[]; begins: Begin[];
  /** Oldest first. */
  events: PlotEvent[];
}

type Column = number | (number | null)[] | undefined;
interface Named { name: string; uuid: string; head?: { uuid: string }; spec?: { uuid: string } | null }

interface Compact {
  reports: { key: number[]; uuid: string[]; start_time: number[]; end_time: number[]; version: number[]; hash: (string | null)[]; subject?: (string | null)[]; author?: (string | null)[] };
  results: {
    branch: Named; testbed: Named; benchmark: Named; measure: Named & { units: string };
    points: Points;
    alerts: { point: number; alert: { uuid: string; limit: "lower" | "upper"; status: string } }[];
  }[];
}

export interface Alert { uuid: string; limit: "lower" | "upper"; status: string }

type Points = { count: number } & Record<string, Column>;

/** One line of the plot. Its points lie in slots, which all lines share: a slot is an iteration of a report. */
export class Line {
  readonly alerts = new Map<number, Alert>();
  changes: Change[] = [];
  /** The first slot at which the values had returned to the level before a change. */
  readonly ends = new Map<Change, number>();
  isHidden = false;
  /** True when hidden by hand rather than by the filter. */
  isOff = false;
  /** The line's ID in URLs: the UUIDs of the parts that not all lines share. */
  id = "";
  /** The UUIDs of the line's parts; empty for a missing part. */
  uuids: Record<Part, string> = { branch: "", head: "", testbed: "", spec: "", benchmark: "", measure: "" };
  /** The units in which all values of the measure are shown. */
  scale: Scale = { factor: 1, symbol: "" };

  /**
   * @param slots The slot of each point.
   * @param places The point in each slot, or -1.
   */
  constructor(
    readonly index: number, readonly name: string, readonly branch: string, readonly testbed: string, readonly benchmark: string, readonly measure: string,
    readonly units: string, readonly color: string, private readonly points: Points, readonly slots: Int32Array, private readonly places: Int32Array) {}

  has(slot: number): boolean { return this.places[slot] >= 0; }
  value(slot: number): number | null { return this.read(this.points.value, slot); }
  lower(slot: number): number | null { return this.read(this.points.lower_limit, slot); }
  upper(slot: number): number | null { return this.read(this.points.upper_limit, slot); }
  get hasLimits(): boolean { return this.points.lower_limit !== undefined || this.points.upper_limit !== undefined; }
  series(slot: number): number | null { return this.read(this.points.series, slot); }

  private read(column: Column, slot: number): number | null {
    const place = this.places[slot];
    return place < 0 ? null : at(column, place);
  }
}

/** A part of a line's identity. */
export type Part = "branch" | "head" | "testbed" | "spec" | "benchmark" | "measure";

export interface Slot { report: number; iteration: number }

export interface Scene {
  lines: Line[]; slots: Slot[]; settings: Settings;
  reports: Compact["reports"];
  /** The rank of each report's commit. */
  order: number[];
  /** For each report that was the first on another kind of machine: the differences. */
  machines: Map<number, string>;
}

function at(column: Column, index: number): number | null {
  return column === undefined ? null : typeof column === "number" ? column : column[index];
}

export async function load(settings: Settings): Promise<Scene> {
  const answer = await fetch(settings.data, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`The plot's data could not be loaded (${answer.status}).`);
  return sceneOf(await answer.json() as Compact, settings);
}

export function sceneOf(compact: Compact, settings: Settings): Scene {
  const { reports, results } = compact;
  const slots: Slot[] = [];
  // An array for first iterations, which nearly every plot has, and a map for the others, which are rare.
  const first = new Int32Array(reports.key.length).fill(-1);
  const others = new Map<number, number>();
  const slotOf = (report: number, iteration: number) => {
    let slot = iteration === 0 ? first[report] : others.get(iteration * first.length + report) ?? -1;
    if (slot >= 0) return slot;
    slot = slots.length;
    if (iteration === 0) first[report] = slot;
    else others.set(iteration * first.length + report, slot);
    slots.push({ report, iteration });
    return slot;
  };
  const slotsOfPoints = results.map(({ points }) => Int32Array.from({ length: points.count }, (_, i) => slotOf(at(points.report, i)!, at(points.iteration, i)!)));
  const shared = (pick: (result: Compact["results"][0]) => string) => new Set(results.map(pick)).size <= 1;
  const parts = ([[r => r.branch.name], [r => r.testbed.name], [r => r.benchmark.name], [r => r.measure.name]] as [(result: Compact["results"][0]) => string][])
    .filter(([pick], i) => i === 2 || !shared(pick));
  const lines = results.map((result, index) => {
    const own = slotsOfPoints[index];
    const places = new Int32Array(slots.length).fill(-1);
    own.forEach((slot, i) => { places[slot] = i; });
    const { branch, testbed, benchmark, measure } = result;
    const line = new Line(index, parts.map(([pick]) => pick(result)).join(" · "), result.branch.name, result.testbed.name, result.benchmark.name, result.measure.name,
      result.measure.units, settings.palette[index % settings.palette.length], result.points, own, places);
    for (const { point, alert } of result.alerts) line.alerts.set(own[point], alert);
    line.uuids = { branch: branch.uuid, head: branch.head?.uuid ?? "", testbed: testbed.uuid, spec: testbed.spec?.uuid ?? "", benchmark: benchmark.uuid, measure: measure.uuid };
    const { series } = result.points;
    const seen = new Set(typeof series === "number" ? [series] : series);
    line.changes = settings.changes.filter(change => seen.has(change.series));
    // Drops changes that happened on another branch after this line's branch began there.
    const newest = new Map<number, number>();
    if (line.changes.length > 0)
      for (const slot of own) newest.set(line.series(slot)!, Math.max(newest.get(line.series(slot)!) ?? 0, reports.version[slots[slot].report]));
    line.changes = line.changes.filter(change => newest.get(change.series)! >= change.number);
    for (const change of line.changes) {
      const end = endOf(line, change, slot => reports.version[slots[slot].report]);
      if (end !== null) line.ends.set(change, end);
    }
    return line;
  });
  for (const measure of new Set(lines.map(line => line.measure))) {
    const same = lines.filter(line => line.measure === measure);
    const scale = scaleOf(same[0].units, middle(same));
    for (const line of same) line.scale = scale;
  }
  name(lines);
  const places = new Map(reports.key.map((key, place) => [key, place]));
  const machines = new Map(settings.machines.filter(one => places.has(one.report)).map(one => [places.get(one.report)!, one.text]));
  return { lines, slots, settings, reports, order: orderOf(reports), machines };
}

// Names a head only if a branch has several, and a spec only if a testbed has several.
function name(lines: Line[]): void {
  const count = (...of: Part[]) => new Set(lines.map(line => of.map(part => line.uuids[part]).join())).size;
  const telling = ([["branch"], ["head", "branch"], ["testbed"], ["spec", "testbed"], ["benchmark"], ["measure"]] as [Part, Part?][])
    .filter(([part, of]) => part === "benchmark" || (of === undefined ? count(part) > 1 : count(part, of) > count(of)))
    .map(([part]) => part);
  for (const line of lines) line.id = telling.map(part => line.uuids[part]).filter(uuid => uuid).join(".");
}

// A return is proven only some runs later. It began where the values became closer to the level before the change.
function endOf(line: Line, change: Change, versionOf: (slot: number) => number): number | null {
  if (change.returned === null) return null;
  let end: number | null = null;
  for (let i = line.slots.length - 1; i >= 0; i--) {
    const slot = line.slots[i];
    if (line.series(slot) !== change.series) continue;
    const value = line.value(slot)!;
    if (versionOf(slot) < change.number) break;
    if (versionOf(slot) >= change.returned) end = slot;
    else if (end === null || Math.abs(value - change.before) >= Math.abs(value - change.after)) break;
    else end = slot;
  }
  return end;
}

/** The geometric mean of the least and the greatest value, by which the units are chosen. */
export function middle(lines: Line[]): number {
  let [least, most] = [Infinity, 0];
  for (const line of lines) for (const slot of line.slots) {
    const value = Math.abs(line.value(slot)!);
    if (value !== 0 && value < least) least = value;
    if (value > most) most = value;
  }
  return most === 0 ? 0 : Math.sqrt(least) * Math.sqrt(most);
}

// Ranks commits by their first measurement. A report without a commit is ranked by its version.
function orderOf(reports: Compact["reports"]): number[] {
  const first = new Map<string, number>();
  const keyOf = (i: number) => reports.hash[i] ?? `version ${reports.version[i]}`;
  reports.key.forEach((_, i) => first.set(keyOf(i), Math.min(first.get(keyOf(i)) ?? Infinity, reports.start_time[i])));
  const ranks = new Map([...first].sort((a, b) => a[1] - b[1]).map(([key], rank) => [key, rank]));
  return reports.key.map((_, i) => ranks.get(keyOf(i))!);
}

/** Computes the metric's UUID from series, report and iteration (docs/plots.md). */
export function metricOf(scene: Scene, line: Line, slot: number): string {
  const { report, iteration } = scene.slots[slot];
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  const series = hex(line.series(slot)!, 12);
  return `${series.slice(0, 8)}-${series.slice(8)}-8${hex(Math.floor(iteration / 4096), 3)}-8${hex(iteration % 4096, 3)}-${hex(scene.reports.key[report], 12)}`;
}

/** The name of a slot: its time, and its commit or version. */
export function slotName(scene: Scene, slot: number): string {
  const report = scene.slots[slot].report;
  const hash = scene.reports.hash[report];
  return `${time(scene.reports.start_time[report])}, ${hash ? `commit ${hash.slice(0, 10)}` : `version ${scene.reports.version[report]}`}`;
}
