// Draws a plot with uPlot: marks of alerts and changes, and zoom by wheel, pinch and buttons.
import uPlot from "uplot";
import { middle, type Change, type Line, type PlotEvent, type Scene } from "./data";
import { baseOf, eventsOf, inOrder, slotOf, xOf, type View } from "./view";
import { fitting, percent, tick, time } from "./units";

/** With more lines than this, all lines but the selected one are grey. */
export const greyFrom = 12;

/** The top of the cursor's plot, and whether the cursor is in the right half. Left is the cursor's x position in small multiples, otherwise null. */
export interface Place { top: number; isRight: boolean; left: number | null }

export interface Chart {
  /** The slots from left to right. Plot indices are positions in this list. */
  slots: number[];
  /** The divisor of the line's values; null when the values are absolute. */
  baseOf(line: Line): number | null;
  show(line: Line): void;
  look(line: Line | null): void;
  /** Redraws the event marks, after the shown kinds have changed. */
  mark(): void;
  /** Puts the cursor on a value. */
  point(line: Line, at: number): void;
  place(): Place;
  /** The visible range of the x axis; null when all of it is visible. */
  range(): [number, number] | null;
  /** The slots in the visible range; null when all slots are visible. */
  seen(): number[] | null;
  zoomTo(min: number, max: number): void;
  zoom(factor: number, at?: number): void;
  pan(part: number): void;
  reset(): void;
  /** Draws the plots that are otherwise drawn only when they are scrolled to. */
  complete(): void;
  destroy(): void;
}

/** One of several charts, which share zoom, pan and cursor. */
export interface OneChart extends Chart {
  cursorAt(left: number): void;
}

/** The settings of one chart, alone or in small multiples. */
export interface Frame {
  /** The element that receives the keyboard focus. */
  focus: HTMLElement;
  height: number;
  /** True in small multiples: units at the ticks instead of an axis title. */
  isSmall: boolean;
  onPoint(at: number | null, line: Line | null, left: number): void;
  onZoom(min: number, max: number): void;
  onEvents: OnEvents;
}

/** Called when the pointer enters, clicks or leaves an event mark. */
export type OnEvents = (mark: HTMLElement, events: PlotEvent[], act: "point" | "click" | "leave") => void;

/** Events closer than this share one mark. */
const markWidth = 24;

function colors(element: Element) {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return { text: read("--text"), muted: read("--muted"), grid: read("--line"), grey: read("--room"), bad: read("--bad"), good: read("--good"), paper: read("--paper") };
}

// Draws at most first, lowest, highest and last point of each pixel column, so no visible extreme is lost.
function traced(column: number): uPlot.Series.PathBuilder {
  return (u, index, from, to) => {
    const [xs, ys, scale] = [u.data[0], u.data[index], u.series[index].scale!];
    const stroke = new Path2D();
    let place = -Infinity, count = 0, first = 0, last = 0, low = 0, high = 0;
    const lineTo = (i: number) => stroke.lineTo(u.valToPos(xs[i], "x", true), u.valToPos(ys[i]!, scale, true));
    const leave = () => {
      if (count === 0) return;
      lineTo(first);
      const [second, third] = [Math.min(low, high), Math.max(low, high)];
      if (second !== first && second !== last) lineTo(second);
      if (third !== second && third !== first && third !== last) lineTo(third);
      if (last !== first) lineTo(last);
    };
    for (let i = from; i <= to; i++) {
      const y = ys[i];
      if (y === null || y === undefined) continue;
      const now = Math.floor(u.valToPos(xs[i], "x", true) / column);
      if (now !== place) {
        leave();
        place = now;
        count = 0;
        first = low = high = i;
      }
      count++;
      last = i;
      if (y < ys[low]!) low = i;
      if (y > ys[high]!) high = i;
    }
    leave();
    return { stroke, fill: null, clip: null, flags: 0 };
  };
}

export function draw(root: HTMLElement, scene: Scene, lines: Line[], view: View, looked: () => Line | null, frame: Frame): OneChart {
  const slots = inOrder(scene, view.x);
  const xs = slots.map(slot => xOf(scene, slot, view.x));
  const order = new Int32Array(slots.length); // The position of each slot.
  slots.forEach((slot, i) => { order[slot] = i; });
  const place = new Map(lines.map((line, i) => [line, i]));
  const bases = lines.map(line => baseOf(line, slots, view));
  const relative = view.y === "first" || view.y === "reference";
  // As on the server: the second measure has a separate axis; further measures share the first axis.
  const measures = [...new Set(lines.map(line => line.measure))];
  const sides = relative ? [lines] : [lines.filter(line => measures[1] !== line.measure), lines.filter(line => measures[1] === line.measure)].filter(side => side.length > 0);
  // The legend's units. A small multiple chooses its own units if its values would be unreadable in the legend's.
  const scales = sides.map(side => frame.isSmall ? fitting(side[0].scale, side[0].units, middle(side)) : side[0].scale);
  const sideOf = (line: Line) => sides.length > 1 && measures[1] === line.measure ? 1 : 0;
  const axisOf = (line: Line) => sideOf(line) === 1 ? "y2" : "y";
  const factors = lines.map((line, i) => relative ? bases[i] : scales[sideOf(line)].factor);
  const shownAs = (line: Line, value: number) => {
    const factor = factors[place.get(line)!];
    return factor === null ? null : relative ? value / factor - 1 : value / factor;
  };
  const columnOf = (line: Line, read: (slot: number) => number | null) => {
    const factor = factors[place.get(line)!];
    return slots.map(slot => {
      const value = read(slot);
      return value === null || factor === null ? null : relative ? value / factor - 1 : value / factor;
    });
  };
  const columns = lines.map(line => columnOf(line, slot => line.value(slot)));
  const limits = view.limits && lines.length <= 2 && !relative ? lines.flatMap(line => [columnOf(line, slot => line.lower(slot)), columnOf(line, slot => line.upper(slot))]) : [];
  const isLog = sides.map(side => {
    let [least, most] = [Infinity, -Infinity];
    for (const line of side) for (const value of columns[place.get(line)!]) {
      if (value === null) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    return !relative && least > 0 && (view.y === "log" || (view.y === "auto" && most >= 10 * least));
  });

  let palette = colors(root);
  // With many lines, the selected line is drawn on a layer above, so that moving the pointer does not redraw all lines.
  const isMany = lines.length > greyFrom;
  const isGrey = () => isMany && lines.filter(line => !line.isHidden).length > greyFrom;
  const strokeOf = (line: Line) => {
    if (isGrey()) return palette.grey;
    const current = looked();
    return current && !isMany && place.has(current) && current !== line ? palette.grey : line.color;
  };

  const machines = scene.machines.size === 0 ? [] : [...new Set(slots.flatMap((slot, i) => scene.machines.has(scene.slots[slot].report) ? [xs[i]] : []))];
  // The x positions where branches begin, if the plot also shows values from before that.
  const forks = scene.settings.begins.flatMap(({ branch, number }) => {
    const own = lines.filter(line => line.branch === branch);
    const isOwn = (slot: number) => scene.reports.version[scene.slots[slot].report] > number;
    const first = slots.findIndex(slot => isOwn(slot) && own.some(line => line.has(slot)));
    return first < 0 || !own.some(line => line.slots.some(slot => !isOwn(slot))) ? [] : [{ at: xs[first], text: frame.isSmall ? "begin" : `${branch} begins` }];
  });
  // Caches where each change begins, because every redraw needs it.
  const begins = new Map<Change, number>();
  const begun = (line: Line, change: Change) => {
    let since = begins.get(change);
    if (since === undefined) {
      since = slots.findIndex(slot => line.series(slot) === change.series && scene.reports.version[scene.slots[slot].report] >= change.number);
      begins.set(change, since);
    }
    return since;
  };
  const marks = (u: uPlot, ctx: CanvasRenderingContext2D, visible: Line[]) => {
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    for (const x of machines) {
      const at = Math.round(u.valToPos(x, "x", true));
      ctx.fillStyle = ctx.strokeStyle = palette.muted;
      ctx.lineWidth = ratio;
      ctx.setLineDash([ratio, 3 * ratio]);
      ctx.beginPath();
      ctx.moveTo(at, u.bbox.top);
      ctx.lineTo(at, u.bbox.top + u.bbox.height);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.font = `${11 * ratio}px system-ui, sans-serif`;
      ctx.fillText("◆", at + 3 * ratio, u.bbox.top + u.bbox.height - 4 * ratio);
    }
    const drawn = new Set<number>();
    const upright = (x: number, text: string, isBelow = false) => {
      if (!isBelow && drawn.has(x)) return;
      drawn.add(x);
      ctx.setLineDash([4 * ratio, 3 * ratio]);
      ctx.lineWidth = ratio;
      ctx.beginPath();
      ctx.moveTo(x, u.bbox.top);
      ctx.lineTo(x, u.bbox.top + u.bbox.height);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.font = `${11 * ratio}px system-ui, sans-serif`;
      ctx.fillText(text, x + 3 * ratio, u.bbox.top + (isBelow ? u.bbox.height - 4 * ratio : 11 * ratio));
    };
    for (const line of visible) {
      for (const change of line.changes) {
        const since = begun(line, change);
        if (since < 0) continue;
        const x = Math.round(u.valToPos(xs[since], "x", true));
        ctx.strokeStyle = ctx.fillStyle = change.state === "open" ? (change.verdict === "slower" ? palette.bad : palette.good) : palette.muted;
        upright(x, change.verdict === "slower" ? "▲" : "▼");
        const returned = line.ends.get(change);
        if (returned !== undefined) {
          ctx.fillStyle = ctx.strokeStyle = palette.muted;
          upright(Math.round(u.valToPos(xs[order[returned]], "x", true)), frame.isSmall ? "↩" : "↩ returned");
        }
        if (visible.length > 3 && (isMany || looked() !== line) || frame.isSmall && visible.length > 1) continue;
        // The levels before and after the change, up to the neighboring changes.
        const numbers = line.changes.map(one => one.number).sort((a, b) => a - b);
        const numberAt = (i: number) => scene.reports.version[scene.slots[slots[i]].report];
        const from = numbers.filter(number => number < change.number).pop() ?? -1;
        const to = numbers.find(number => number > change.number) ?? Infinity;
        const end = line.ends.has(change) ? scene.reports.version[scene.slots[line.ends.get(change)!].report] : Infinity;
        const own = slots.map((slot, i) => line.has(slot) && numberAt(i) >= from && numberAt(i) < Math.min(to, end) ? i : -1).filter(i => i >= 0);
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
    for (const { at, text } of forks) {
      ctx.fillStyle = ctx.strokeStyle = palette.muted;
      upright(Math.round(u.valToPos(at, "x", true)), text, true);
    }
    const taken = new Set<string>();
    for (const line of visible) {
      const column = columns[place.get(line)!];
      for (const [slot, alert] of line.alerts) {
        const i = order[slot];
        const value = column[i];
        if (value === null) continue;
        const [x, y] = [u.valToPos(xs[i], "x", true), u.valToPos(value, axisOf(line), true)];
        const key = `${Math.round(x)} ${Math.round(y)} ${alert.status}`;
        if (taken.has(key)) continue; // Draws only the first of overlapping alerts.
        taken.add(key);
        const size = (alert.limit === "upper" ? 1 : -1) * (frame.isSmall ? 5 : 7) * ratio;
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
  // HTML elements instead of canvas drawing, so that each mark can be hovered, touched and read aloud.
  const markers = document.createElement("div");
  markers.className = "events";
  let marked = "";
  const markEvents = (u: uPlot) => {
    const { min, max } = u.scales.x;
    if (scene.settings.events.length === 0 || min == null || max == null) return;
    const groups: { left: number; events: PlotEvent[] }[] = [];
    for (const event of eventsOf(scene, view)) {
      const x = view.x === "date_time" ? Math.min(Math.max(event.time, xs[0]), xs[xs.length - 1]) : xs[slotOf(scene, slots, event)];
      if (x < min || x > max) continue;
      const left = u.valToPos(x, "x");
      const near = groups.find(group => Math.abs(group.left - left) < markWidth);
      if (near) near.events.push(event);
      else groups.push({ left, events: [event] });
    }
    const now = groups.map(({ left, events }) => `${left.toFixed(1)} ${events.map(event => scene.settings.events.indexOf(event))}`).join(" ");
    if (now === marked) return;
    marked = now;
    markers.replaceChildren(...groups.map(({ left, events }) => {
      const mark = document.createElement("button");
      mark.type = "button";
      mark.tabIndex = -1; // The plot is a single tab stop; the key e goes from event to event.
      mark.className = "event-mark";
      mark.style.left = `${left}px`;
      mark.dataset.count = events.length === 1 ? "" : String(events.length);
      mark.setAttribute("aria-label", events.map(event => event.text).join(". "));
      mark.addEventListener("mouseenter", () => frame.onEvents(mark, events, "point"));
      mark.addEventListener("mouseleave", () => frame.onEvents(mark, events, "leave"));
      mark.addEventListener("click", () => frame.onEvents(mark, events, "click"));
      // Keeps the plot from handling events of the mark.
      for (const name of ["mousemove", "mousedown", "mouseup", "click", "dblclick"]) mark.addEventListener(name, event => event.stopPropagation());
      return mark;
    }));
  };
  const visible = () => lines.filter(line => !line.isHidden);
  const path = traced(isMany ? 2 * devicePixelRatio : devicePixelRatio);
  const sheet = document.createElement("canvas");
  sheet.className = "sheet";
  const highlight = () => {
    if (!isMany) return;
    const ctx = sheet.getContext("2d")!;
    const { width, height } = plot.ctx.canvas;
    if (sheet.width !== width || sheet.height !== height) [sheet.width, sheet.height] = [width, height];
    ctx.clearRect(0, 0, width, height);
    const line = looked();
    if (!line || line.isHidden || !place.has(line)) return;
    const { left, top, width: across, height: down } = plot.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, across, down);
    ctx.clip();
    const [from, to] = plot.series[0].idxs!;
    const stroke = path(plot, place.get(line)! + 1, Math.max(0, from - 1), Math.min(xs.length - 1, to + 1))!.stroke as Path2D;
    ctx.lineJoin = "round";
    for (const [color, thick] of [[palette.paper, 5], [line.color, 2.25]] as [string, number][]) {
      [ctx.strokeStyle, ctx.lineWidth] = [color, thick * devicePixelRatio];
      ctx.stroke(stroke);
    }
    ctx.restore();
    marks(plot, ctx, [line]);
  };

  const width = () => Math.max(frame.isSmall ? 200 : 280, root.clientWidth);
  const font = "12px system-ui, -apple-system, \"Segoe UI\", Roboto, sans-serif";
  const axis = (): Partial<uPlot.Axis> => ({ font, labelFont: font, stroke: () => palette.muted, grid: { stroke: () => palette.grid, width: 1 }, ticks: { stroke: () => palette.grid, width: 1 } });
  const titleOf = (side: number) => relative ? `change since ${view.y === "first" || view.reference === null ? "the first value" : slotName(scene, view.reference)}` : `${sides[side][0].measure}, ${scales[side].symbol}`;
  const scaleAt = (side: number): uPlot.Scale => ({
    distr: isLog[side] ? 3 : 1,
    range: (_u, low, high) => {
      if (low === null || high === null) return isLog[side] ? [1, 10] : [0, 1];
      if (isLog[side]) {
        const room = Math.max((high / low) ** 0.06, 1.02);
        return [low / room, high * room];
      }
      const room = (high - low || Math.abs(high) || 1) * 0.08;
      return [view.y === "zero" ? Math.min(0, low) : low >= 0 && !relative ? Math.max(0, low - room) : low - room, high + room];
    },
  });
  const colorAt = (index: number) => (lines[index - 1] ?? lines[(index - 1 - lines.length) >> 1] ?? lines[0]).color;
  const commits = new Map(view.x === "order" ? scene.order.map((rank, report) => [rank, scene.reports.hash[report]?.slice(0, 7) ?? `version ${scene.reports.version[report]}`]) : []);
  const plot = new uPlot({
    width: width(), height: frame.height, legend: { show: false }, padding: [frame.isSmall ? 8 : 14, view.x === "order" ? 30 : frame.isSmall ? 10 : 14, 0, 0], tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: {
      x: { time: view.x === "date_time", range: (_u, from, to) => from === to ? [from - 1, to + 1] : [from, to] },
      ...Object.fromEntries(sides.map((_, side) => [side === 0 ? "y" : "y2", scaleAt(side)])),
    },
    axes: [
      { ...axis(), grid: { show: false }, space: frame.isSmall ? 110 : 90, ...(frame.isSmall ? { size: 34 } : view.x === "date_time" ? {} : { label: view.x === "order" ? "commits in order" : "version", labelSize: 20 }),
        ...(view.x === "order" ? { values: (_u: uPlot, ticks: number[]) => ticks.map(rank => commits.get(rank) ?? "") } : {}), ...(view.x === "date_time" ? { values: (_u: uPlot, ticks: number[], _i: number, _s: number, step: number) => dates(ticks, step) } : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000] }) },
      ...sides.map((_, side): uPlot.Axis => ({
        ...axis(), scale: side === 0 ? "y" : "y2", side: side === 0 ? 3 : 1, ...(frame.isSmall ? { size: 70, space: 34 } : { size: 62, space: 56, label: titleOf(side), labelSize: 22, labelGap: 4 }),
        ...(isLog[side] ? { splits: (_u, _i, low, high) => powersIn(low, high), filter: (_u, ticks) => ticks } : {}),
        ...(side === 0 ? {} : { grid: { show: false } }), values: (_u, ticks) => ticks.map(value => value === null ? "" : relative ? percent(value) : frame.isSmall ? `${tick(value)} ${scales[side].symbol}` : tick(value)),
      })),
    ],
    series: [
      {},
      // Many lines are one pixel wide: that draws many times faster than a wider line, and is as visible.
      ...lines.map((line): uPlot.Series => ({ label: line.name, scale: axisOf(line), stroke: () => strokeOf(line), width: isMany ? 1 / devicePixelRatio : 1.75, spanGaps: true,
        show: !line.isHidden, paths: path, points: isMany || frame.isSmall ? { show: false } : { size: 5, fill: () => strokeOf(line) } })),
      ...limits.map((_, i): uPlot.Series => ({ scale: axisOf(lines[i >> 1]), stroke: () => lines[i >> 1].color, width: 1, dash: [5, 4], spanGaps: true, points: { show: false } })),
    ],
    cursor: { drag: { x: true, y: false, dist: 5 }, focus: { prox: lines.length > 1 ? 24 : 1e6 }, points: { size: 8, one: isMany, fill: (_u, index) => colorAt(index), stroke: (_u, index) => colorAt(index) } },
    focus: { alpha: 1 },
    hooks: {
      draw: [u => { marks(u, u.ctx, visible()); highlight(); markEvents(u); }],
      setCursor: [u => frame.onPoint(u.cursor.idx ?? null, null, u.cursor.left ?? -10)],
      // uPlot also calls this when a line is shown or hidden; only focus changes come from the pointer.
      setSeries: [(u, index, told) => { if ((told as { focus?: boolean }).focus) frame.onPoint(u.cursor.idx ?? null, index && index <= lines.length ? lines[index - 1] : null, u.cursor.left ?? -10); }],
      setScale: [(u, key) => { if (key === "x") frame.onZoom(u.scales.x.min!, u.scales.x.max!); }],
    },
  }, [xs, ...columns, ...limits] as uPlot.AlignedData, root);
  if (isMany) plot.ctx.canvas.after(sheet);
  plot.over.append(markers);

  const [first, last] = [xs[0], xs[xs.length - 1]];
  const setX = (from: number, to: number) => {
    const span = Math.min(Math.max(to - from, (last - first) / 1e5 || 1), last - first || 2);
    from = Math.min(Math.max(from, first), last - span);
    plot.setScale("x", { min: from, max: from + span });
  };
  const zoom = (factor: number, at?: number) => {
    const { min, max } = plot.scales.x as { min: number; max: number };
    const fixed = at ?? (max >= last ? max : (min + max) / 2); // Keeps the newest values in view.
    setX(fixed - (fixed - min) * factor, fixed + (max - fixed) * factor);
  };
  const pan = (part: number) => {
    const { min, max } = plot.scales.x as { min: number; max: number };
    setX(min + (max - min) * part, max + (max - min) * part);
  };

  // The wheel zooms at the pointer, and pans with Shift. Over a plot without focus, the wheel scrolls the page.
  const over = plot.over;
  const stop = new AbortController();
  over.addEventListener("wheel", event => {
    if (!event.ctrlKey && !event.shiftKey && document.activeElement !== frame.focus) return;
    event.preventDefault();
    if (event.shiftKey) pan(Math.sign(event.deltaY || event.deltaX) * 0.1);
    else zoom(event.deltaY < 0 ? 0.8 : 1.25, plot.posToVal(event.offsetX, "x"));
  }, { passive: false, signal: stop.signal });
  // Dragging with Shift pans.
  over.addEventListener("mousedown", event => {
    frame.focus.focus({ preventScroll: true });
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
  const resized = new ResizeObserver(() => { if (Math.abs(plot.width - width()) > 1) plot.setSize({ width: width(), height: frame.height }); });
  resized.observe(root);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => { palette = colors(root); plot.redraw(false); }, { signal: stop.signal });

  let shown: Line | null = null;
  return {
    slots, zoom, pan,
    baseOf: line => relative ? bases[place.get(line)!] : null,
    show: line => {
      plot.setSeries(place.get(line)! + 1, { show: !line.isHidden });
      for (const series of plot.series.slice(1, lines.length + 1)) series.width = isGrey() ? 1 / devicePixelRatio : 1.75;
    },
    look: line => {
      if (line === shown) return;
      shown = line;
      if (isMany) highlight();
      else if (lines.length > 1) plot.redraw(false);
    },
    mark: () => markEvents(plot),
    point: (line, at) => {
      const [x, y] = [xs[at], columns[place.get(line)!][at]];
      const { min, max } = plot.scales.x as { min: number; max: number };
      if (x < min || x > max) setX(x - (max - min) / 2, x + (max - min) / 2);
      plot.setCursor({ left: plot.valToPos(x, "x"), top: y === null ? 0 : plot.valToPos(y, axisOf(line)) }, false);
    },
    range: () => {
      const { min, max } = plot.scales.x; // Unset before the first drawing.
      return min == null || max == null || (min <= first && max >= last) ? null : [min, max];
    },
    seen: () => {
      const { min, max } = plot.scales.x; // Unset before the first drawing.
      return min == null || max == null || (min <= first && max >= last) ? null : slots.filter((_, i) => xs[i] >= min && xs[i] <= max);
    },
    place: () => ({ top: 18, left: frame.isSmall ? (plot.cursor.left ?? 0) + plot.bbox.left / devicePixelRatio : null, isRight: (plot.cursor.left ?? 0) > plot.bbox.width / devicePixelRatio / 2 }),
    reset: () => setX(first, last),
    zoomTo: (min, max) => plot.setScale("x", { min, max }),
    cursorAt: left => plot.setCursor({ left, top: -10 }, false),
    complete: () => {},
    destroy: () => { stop.abort(); resized.disconnect(); plot.destroy(); },
  };
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

/** The name of a slot: its time, and its commit or version. */
export function slotName(scene: Scene, slot: number): string {
  const report = scene.slots[slot].report;
  const hash = scene.reports.hash[report];
  return `${time(scene.reports.start_time[report])}, ${hash ? `commit ${hash.slice(0, 10)}` : `version ${scene.reports.version[report]}`}`;
}
