// The drawing: uPlot with the marks of alerts and changes, and zoom by wheel, pinch and buttons.
import uPlot from "uplot";
import type { Line, Scene } from "./data";
import { baseOf, inOrder, xOf, type View } from "./view";
import { percent, scaleOf, tick, time } from "./units";

const greyFrom = 12; // More lines than that are grey, but for the one that is looked at.
const height = 460;

export interface Chart {
  plot: uPlot;
  /** The slots from left to right, as the plot counts them. */
  slots: number[];
  show(line: Line): void;
  look(line: Line | null): void;
  zoom(factor: number, at?: number): void;
  pan(part: number): void;
  reset(): void;
  destroy(): void;
}

function colors(element: Element) {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return { text: read("--text"), muted: read("--muted"), grid: read("--line"), grey: read("--room"), bad: read("--bad"), good: read("--good"), paper: read("--paper") };
}

export function draw(root: HTMLElement, scene: Scene, view: View, looked: () => Line | null, onPoint: (slotAt: number | null, line: Line | null) => void): Chart {
  const slots = inOrder(scene, view.x);
  const xs = slots.map(slot => xOf(scene, slot, view.x));
  const bases = scene.lines.map(line => baseOf(line, slots, view));
  const relative = view.y === "first" || view.y === "reference";
  // As on the server: the second measure has an axis of its own, any further one shares the first's.
  const measures = [...new Set(scene.lines.map(line => line.measure))];
  const sides = relative ? [scene.lines] : [scene.lines.filter(line => measures[1] !== line.measure), scene.lines.filter(line => measures[1] === line.measure)].filter(side => side.length > 0);
  const scales = sides.map(side => {
    let smallest = Infinity;
    for (const line of side) for (const value of line.values.values()) if (value !== 0) smallest = Math.min(smallest, Math.abs(value));
    return scaleOf(side[0].units, Number.isFinite(smallest) ? smallest : 0);
  });
  const sideOf = (line: Line) => sides.length > 1 && measures[1] === line.measure ? 1 : 0;
  const axisOf = (line: Line) => sideOf(line) === 1 ? "y2" : "y";
  const shownAs = (line: Line, value: number) => relative ? (bases[line.index] === null ? null : value / bases[line.index]! - 1) : value / scales[sideOf(line)].factor;
  const columnOf = (line: Line, values: Map<number, number>) => slots.map(slot => values.has(slot) ? shownAs(line, values.get(slot)!) : null);
  const columns = scene.lines.map(line => columnOf(line, line.values));
  const limits = view.limits && scene.lines.length <= 2 && !relative ? scene.lines.flatMap(line => [columnOf(line, line.lower), columnOf(line, line.upper)]) : [];
  const isLog = sides.map(side => {
    let [least, most] = [Infinity, -Infinity];
    for (const line of side) for (const value of columns[line.index]) if (value !== null) [least, most] = [Math.min(least, value), Math.max(most, value)];
    return !relative && least > 0 && (view.y === "log" || (view.y === "auto" && most >= 10 * least));
  });

  let palette = colors(root);
  const isGrey = () => scene.lines.filter(line => !line.isHidden).length > greyFrom;
  const strokeOf = (line: Line) => {
    const current = looked();
    if (current) return current === line ? line.color : palette.grey;
    return isGrey() ? palette.grey : line.color;
  };

  const marks = (u: uPlot) => {
    const { ctx } = u;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    const drawn = new Set<number>();
    const visible = scene.lines.filter(line => !line.isHidden);
    for (const line of visible) {
      if (looked() && looked() !== line && visible.length > greyFrom) continue;
      for (const change of line.changes) {
        const since = slots.findIndex(slot => line.series.get(slot) === change.series && scene.reports.version[scene.slots[slot].report] >= change.number);
        if (since < 0) continue;
        const x = Math.round(u.valToPos(xs[since], "x", true));
        ctx.strokeStyle = ctx.fillStyle = change.state === "open" ? (change.verdict === "slower" ? palette.bad : palette.good) : palette.muted;
        if (!drawn.has(x)) {
          drawn.add(x);
          ctx.setLineDash([4 * ratio, 3 * ratio]);
          ctx.lineWidth = ratio;
          ctx.beginPath();
          ctx.moveTo(x, u.bbox.top);
          ctx.lineTo(x, u.bbox.top + u.bbox.height);
          ctx.stroke();
          ctx.setLineDash([]);
          ctx.font = `${11 * ratio}px system-ui, sans-serif`;
          ctx.fillText(change.verdict === "slower" ? "▲" : "▼", x + 3 * ratio, u.bbox.top + 11 * ratio);
        }
        if (visible.length > 3 && looked() !== line) continue;
        // The levels before and since, as far as the neighboring changes.
        const numbers = line.changes.map(one => one.number).sort((a, b) => a - b);
        const numberAt = (i: number) => scene.reports.version[scene.slots[slots[i]].report];
        const from = numbers.filter(number => number < change.number).pop() ?? -1;
        const to = numbers.find(number => number > change.number) ?? Infinity;
        const own = slots.map((slot, i) => line.values.has(slot) && numberAt(i) >= from && numberAt(i) < to ? i : -1).filter(i => i >= 0);
        ctx.lineWidth = 4 * ratio;
        ctx.globalAlpha = 0.45;
        ctx.strokeStyle = line.color;
        for (const [part, level] of [[own.filter(i => numberAt(i) < change.number), change.before], [own.filter(i => numberAt(i) >= change.number), change.after]] as [number[], number][]) {
          const shown = shownAs(line, level);
          if (part.length === 0 || shown === null) continue;
          const y = u.valToPos(shown, axisOf(line), true);
          ctx.beginPath();
          ctx.moveTo(u.valToPos(xs[part[0]], "x", true), y);
          ctx.lineTo(u.valToPos(xs[part[part.length - 1]], "x", true), y);
          ctx.stroke();
        }
        ctx.globalAlpha = 1;
      }
    }
    const taken = new Set<string>();
    for (const line of visible) {
      if (line.alerts.size === 0) continue;
      for (let i = 0; i < slots.length; i++) {
        const alert = line.alerts.get(slots[i]);
        const value = columns[line.index][i];
        if (!alert || value === null) continue;
        const [x, y] = [u.valToPos(xs[i], "x", true), u.valToPos(value, axisOf(line), true)];
        const key = `${Math.round(x)} ${Math.round(y)} ${alert.status}`;
        if (taken.has(key)) continue; // Of those that would lie on one another, the first.
        taken.add(key);
        const size = (alert.limit === "upper" ? 7 : -7) * ratio;
        ctx.beginPath();
        ctx.moveTo(x, y - size);
        ctx.lineTo(x + Math.abs(size), y + size);
        ctx.lineTo(x - Math.abs(size), y + size);
        ctx.closePath();
        ctx.lineWidth = 1.5 * ratio;
        ctx.fillStyle = alert.status === "active" ? palette.bad : palette.paper;
        ctx.strokeStyle = alert.status === "active" ? palette.paper : palette.bad;
        ctx.fill();
        ctx.stroke();
      }
    }
    ctx.restore();
  };

  const width = () => Math.max(280, root.clientWidth);
  const font = "12px system-ui, -apple-system, \"Segoe UI\", Roboto, sans-serif";
  const axis = (): Partial<uPlot.Axis> => ({ font, labelFont: font, stroke: () => palette.muted, grid: { stroke: () => palette.grid, width: 1 }, ticks: { stroke: () => palette.grid, width: 1 } });
  const titleOf = (side: number) => relative ? `change since ${view.y === "first" ? "the first value" : "the reference"}` : `${sides[side][0].measure}, ${scales[side].symbol}`;
  const scaleAt = (side: number): uPlot.Scale => ({
    distr: isLog[side] ? 3 : 1,
    range: (_u, low, high) => {
      if (low === null || high === null) return isLog[side] ? [1, 10] : [0, 1];
      if (isLog[side]) return uPlot.rangeLog(low, high, 10, false);
      const room = (high - low || Math.abs(high) || 1) * 0.08;
      return [view.y === "zero" ? Math.min(0, low) : low >= 0 && !relative ? Math.max(0, low - room) : low - room, high + room];
    },
  });
  const plot = new uPlot({
    width: width(), height, legend: { show: false }, padding: [14, 14, 0, 0], tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: {
      x: { time: view.x === "date_time", range: (_u, from, to) => from === to ? [from - 1, to + 1] : [from, to] },
      ...Object.fromEntries(sides.map((_, side) => [side === 0 ? "y" : "y2", scaleAt(side)])),
    },
    axes: [
      { ...axis(), grid: { show: false }, space: 90, ...(view.x === "date_time" ? { values: (_u: uPlot, ticks: number[], _i: number, _s: number, step: number) => dates(ticks, step) } : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000] }) },
      ...sides.map((_, side): uPlot.Axis => ({
        ...axis(), scale: side === 0 ? "y" : "y2", side: side === 0 ? 3 : 1, size: 62, space: 56, label: titleOf(side), labelSize: 22, labelGap: 4,
        ...(side === 0 ? {} : { grid: { show: false } }), values: (_u, ticks) => ticks.map(value => value === null ? "" : relative ? percent(value) : tick(value)),
      })),
    ],
    series: [
      {},
      ...scene.lines.map((line): uPlot.Series => ({ label: line.name, scale: axisOf(line), stroke: () => strokeOf(line), width: 1.75, spanGaps: true, show: !line.isHidden,
        points: scene.lines.length > greyFrom ? { show: false } : { size: 5, fill: () => strokeOf(line) } })),
      ...limits.map((_, i): uPlot.Series => ({ scale: axisOf(scene.lines[i >> 1]), stroke: () => scene.lines[i >> 1].color, width: 1, dash: [5, 4], spanGaps: true, points: { show: false } })),
    ],
    cursor: { drag: { x: true, y: false, dist: 5 }, focus: { prox: scene.lines.length > 1 ? 24 : 1e6 }, points: { size: 8 } },
    focus: { alpha: 1 },
    hooks: {
      draw: [marks],
      setCursor: [u => onPoint(u.cursor.idx ?? null, null)],
      setSeries: [(_u, index) => onPoint(plot?.cursor.idx ?? null, index && index <= scene.lines.length ? scene.lines[index - 1] : null)],
    },
  }, [xs, ...columns, ...limits] as uPlot.AlignedData, root);

  const [first, last] = [xs[0], xs[xs.length - 1]];
  const setX = (from: number, to: number) => {
    const span = Math.min(Math.max(to - from, (last - first) / 1e5 || 1), last - first || 2);
    from = Math.min(Math.max(from, first), last - span);
    plot.setScale("x", { min: from, max: from + span });
  };
  const zoom = (factor: number, at?: number) => {
    const { min, max } = plot.scales.x as { min: number; max: number };
    const fixed = at ?? (min + max) / 2;
    setX(fixed - (fixed - min) * factor, fixed + (max - fixed) * factor);
  };
  const pan = (part: number) => {
    const { min, max } = plot.scales.x as { min: number; max: number };
    setX(min + (max - min) * part, max + (max - min) * part);
  };

  // Wheel zooms where the pointer is; with shift it pans. A page is scrolled over a plot that nobody has touched yet.
  const over = plot.over;
  const stop = new AbortController();
  over.addEventListener("wheel", event => {
    if (!event.ctrlKey && !event.shiftKey && document.activeElement !== root) return;
    event.preventDefault();
    if (event.shiftKey) pan(Math.sign(event.deltaY || event.deltaX) * 0.1);
    else zoom(event.deltaY < 0 ? 0.8 : 1.25, plot.posToVal(event.offsetX, "x"));
  }, { passive: false, signal: stop.signal });
  // Shift and drag pans.
  over.addEventListener("mousedown", event => {
    root.focus({ preventScroll: true });
    if (!event.shiftKey) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    let x = event.clientX;
    const moves = new AbortController();
    addEventListener("mousemove", moved => { pan((x - moved.clientX) / over.clientWidth); x = moved.clientX; }, { signal: moves.signal });
    addEventListener("mouseup", () => moves.abort(), { signal: moves.signal });
  }, { capture: true, signal: stop.signal });
  // Two fingers pinch; one scrolls the page.
  let pinched: { distance: number; at: number } | null = null;
  const distance = (touches: TouchList) => Math.abs(touches[0].clientX - touches[1].clientX);
  over.addEventListener("touchmove", event => {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const now = Math.max(10, distance(event.touches));
    const middle = (event.touches[0].clientX + event.touches[1].clientX) / 2 - over.getBoundingClientRect().left;
    if (pinched) zoom(pinched.distance / now, pinched.at);
    pinched = { distance: now, at: pinched?.at ?? plot.posToVal(middle, "x") };
  }, { passive: false, signal: stop.signal });
  over.addEventListener("touchend", () => { pinched = null; }, { signal: stop.signal });
  over.addEventListener("dblclick", () => setX(first, last), { signal: stop.signal });
  const resized = new ResizeObserver(() => { if (Math.abs(plot.width - width()) > 1) plot.setSize({ width: width(), height }); });
  resized.observe(root);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => { palette = colors(root); plot.redraw(false); }, { signal: stop.signal });

  return {
    plot, slots, zoom, pan,
    show: line => plot.setSeries(line.index + 1, { show: !line.isHidden }),
    look: () => plot.redraw(false),
    reset: () => setX(first, last),
    destroy: () => { stop.abort(); resized.disconnect(); plot.destroy(); },
  };
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

/** What a place on the x axis is called. */
export function place(scene: Scene, slot: number): string {
  const report = scene.slots[slot].report;
  const hash = scene.reports.hash[report];
  return `${time(scene.reports.start_time[report])}, ${hash ? `commit ${hash.slice(0, 10)}` : `version ${scene.reports.version[report]}`}`;
}
