// The axes of a chart: ranges, ticks and titles.
import type uPlot from "uplot";
import type { Palette } from "./colors";
import { slotName } from "./data";
import type { Plotted } from "./plotted";
import { percent, tick, time } from "./units";

export function scalesOf(plotted: Plotted): uPlot.Scales {
  return {
    x: { time: plotted.view.x === "date_time", range: (_u, from, to) => from === to ? [from - 1, to + 1] : [from, to] },
    ...Object.fromEntries(plotted.sides.map((_, side) => [side === 0 ? "y" : "y2", scaleAt(plotted, side)])),
  };
}

function scaleAt({ isLog, isRelative, view }: Plotted, side: number): uPlot.Scale {
  return {
    distr: isLog[side] ? 3 : 1,
    range: (_u, low, high) => {
      if (low === null || high === null) return isLog[side] ? [1, 10] : [0, 1];
      if (isLog[side]) {
        const room = Math.max((high / low) ** 0.06, 1.02);
        return [low / room, high * room];
      }
      const room = (high - low || Math.abs(high) || 1) * 0.08;
      return [view.y === "zero" ? Math.min(0, low) : low >= 0 && !isRelative ? Math.max(0, low - room) : low - room, high + room];
    },
  };
}

export function axesOf(plotted: Plotted, palette: () => Palette): uPlot.Axis[] {
  const { scene, view, isSmall } = plotted;
  const font = "12px system-ui, -apple-system, \"Segoe UI\", Roboto, sans-serif";
  const axis = (): Partial<uPlot.Axis> => ({ font, labelFont: font, stroke: () => palette().muted, grid: { stroke: () => palette().grid, width: 1 }, ticks: { stroke: () => palette().grid, width: 1 } });
  const commits = new Map(view.x === "order" ? scene.order.map((rank, report) => [rank, scene.reports.hash[report]?.slice(0, 7) ?? `version ${scene.reports.version[report]}`]) : []);
  return [
    { ...axis(), grid: { show: false }, space: isSmall ? 110 : 90, ...(isSmall ? { size: 34 } : view.x === "date_time" ? {} : { label: view.x === "order" ? "commits in order" : "version", labelSize: 20 }),
      ...(view.x === "order" ? { values: (_u: uPlot, ticks: number[]) => ticks.map(rank => commits.get(rank) ?? "") } : {}),
      ...(view.x === "date_time" ? { values: (_u: uPlot, ticks: number[], _i: number, _s: number, step: number) => dates(ticks, step) } : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000] }) },
    ...plotted.sides.map((_, side): uPlot.Axis => ({
      ...axis(), scale: side === 0 ? "y" : "y2", side: side === 0 ? 3 : 1, ...(isSmall ? { size: 70, space: 34 } : { size: 62, space: 56, label: titleOf(plotted, side), labelSize: 22, labelGap: 4 }),
      ...(plotted.isLog[side] ? { splits: (_u, _i, low, high) => powersIn(low, high), filter: (_u, ticks) => ticks } : {}),
      ...(side === 0 ? {} : { grid: { show: false } }), values: (_u, ticks) => ticks.map(value => value === null ? "" : tickOf(plotted, side, value)),
    })),
  ];
}

function titleOf({ scene, view, isRelative, sides, scales }: Plotted, side: number): string {
  return isRelative
    ? `change since ${view.y === "first" || view.reference === null ? "the first value" : slotName(scene, view.reference)}`
    : `${sides[side][0].measure}, ${scales[side].symbol}`;
}

function tickOf({ isRelative, isSmall, scales }: Plotted, side: number, value: number): string {
  return isRelative ? percent(value) : isSmall ? `${tick(value)} ${scales[side].symbol}` : tick(value);
}

// Tick values of a log axis: the coarsest steps that give at least four ticks; on a short range, linear steps.
function powersIn(low: number, high: number): number[] {
  for (const steps of [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 8]]) {
    const found: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
      for (const step of steps) {
        const value = Number((step * 10 ** power).toPrecision(3));
        if (value >= low && value <= high) found.push(value);
      }
    if (found.length >= 4) return found;
  }
  const power = 10 ** Math.floor(Math.log10((high - low) / 4));
  const step = [1, 2, 5, 10].find(one => (high - low) / (one * power) <= 5)! * power;
  return Array.from({ length: 8 }, (_, i) => Number(((Math.ceil(low / step) + i) * step).toPrecision(12))).filter(value => value <= high);
}

function dates(ticks: number[], step: number): string[] {
  let day = "";
  return ticks.map(seconds => {
    const text = time(seconds);
    if (step >= 28 * 86400) return text.slice(0, 7);
    if (step >= 86400) return text.slice(0, 10);
    const isNew = text.slice(0, 10) !== day;
    day = text.slice(0, 10);
    return isNew ? `${text.slice(11)}\n${day}` : text.slice(11);
  });
}
