// The scene: the server's compact form of a plot (docs/plots.md), and what the page says beside it.

export interface Change { series: number; number: number; verdict: "slower" | "faster"; state: string; before: number; after: number; address: string }

/** What the page of a plot hands to this program. */
export interface Settings {
  data: string; reports: string; metrics: string; alerts: string; commits: string | null; image: string; name: string; palette: string[]; changes: Change[];
}

type Column = number | (number | null)[] | undefined;
interface Named { name: string }

interface Compact {
  reports: { key: number[]; uuid: string[]; start_time: number[]; version: number[]; hash: (string | null)[]; subject?: (string | null)[]; author?: (string | null)[] };
  results: {
    branch: Named; testbed: Named; benchmark: Named; measure: Named & { units: string };
    points: { count: number } & Record<string, Column>;
    alerts: { point: number; alert: { uuid: string; limit: "lower" | "upper"; status: string } }[];
  }[];
}

export interface Alert { uuid: string; limit: "lower" | "upper"; status: string }

/** One line of the plot. Its points lie in slots, which all lines share: a slot is an iteration of a report. */
export interface Line {
  index: number; name: string; branch: string; testbed: string; benchmark: string; measure: string; units: string; color: string;
  values: Map<number, number>; lower: Map<number, number>; upper: Map<number, number>; alerts: Map<number, Alert>; series: Map<number, number>;
  changes: Change[]; isHidden: boolean;
}

export interface Slot { report: number; iteration: number }

export interface Scene {
  lines: Line[]; slots: Slot[]; settings: Settings;
  reports: Compact["reports"];
  /** Where each report stands in the order of commits. */
  order: number[];
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
  const places = new Map<string, number>();
  const slotOf = (report: number, iteration: number) => {
    const key = `${report} ${iteration}`;
    let place = places.get(key);
    if (place === undefined) {
      places.set(key, place = slots.length);
      slots.push({ report, iteration });
    }
    return place;
  };
  const shared = (pick: (result: Compact["results"][0]) => string) => new Set(results.map(pick)).size <= 1;
  const parts: [(result: Compact["results"][0]) => string][] =
    [[r => r.branch.name], [r => r.testbed.name], [r => r.benchmark.name], [r => r.measure.name]];
  const own = parts.filter(([pick], i) => i === 2 || !shared(pick));
  const lines = results.map((result, index): Line => {
    const { points } = result;
    const line: Line = {
      index, name: own.map(([pick]) => pick(result)).join(" · "), branch: result.branch.name, testbed: result.testbed.name, benchmark: result.benchmark.name,
      measure: result.measure.name, units: result.measure.units, color: settings.palette[index % settings.palette.length],
      values: new Map(), lower: new Map(), upper: new Map(), alerts: new Map(), series: new Map(), changes: [], isHidden: false,
    };
    const slotsOfPoints: number[] = [];
    const seen = new Set<number>();
    for (let i = 0; i < points.count; i++) {
      const slot = slotOf(at(points.report, i)!, at(points.iteration, i)!);
      slotsOfPoints.push(slot);
      line.values.set(slot, at(points.value, i)!);
      const series = at(points.series, i)!;
      line.series.set(slot, series);
      seen.add(series);
      const lower = at(points.lower_limit, i), upper = at(points.upper_limit, i);
      if (lower !== null) line.lower.set(slot, lower);
      if (upper !== null) line.upper.set(slot, upper);
    }
    for (const { point, alert } of result.alerts) line.alerts.set(slotsOfPoints[point], alert);
    line.changes = settings.changes.filter(change => seen.has(change.series));
    return line;
  });
  return { lines, slots, settings, reports, order: orderOf(reports) };
}

// Commits in the order in which they were first measured; what has no commit counts by its version.
function orderOf(reports: Compact["reports"]): number[] {
  const first = new Map<string, number>();
  const keyOf = (i: number) => reports.hash[i] ?? `version ${reports.version[i]}`;
  reports.key.forEach((_, i) => first.set(keyOf(i), Math.min(first.get(keyOf(i)) ?? Infinity, reports.start_time[i])));
  const ranks = new Map([...first].sort((a, b) => a[1] - b[1]).map(([key], rank) => [key, rank]));
  return reports.key.map((_, i) => ranks.get(keyOf(i))!);
}

/** The metric's UUID is made of three numbers; docs/plots.md says how. */
export function metricOf(scene: Scene, line: Line, slot: number): string {
  const { report, iteration } = scene.slots[slot];
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  const series = hex(line.series.get(slot)!, 12);
  return `${series.slice(0, 8)}-${series.slice(8)}-8${hex(Math.floor(iteration / 4096), 3)}-8${hex(iteration % 4096, 3)}-${hex(scene.reports.key[report], 12)}`;
}
