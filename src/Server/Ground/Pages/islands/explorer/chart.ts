// Draws a plot with uPlot: its axes, lines and marks, and the cursor.
import uPlot from "uplot";
import { axesOf, scalesOf } from "./axes";
import { Colors } from "./colors";
import type { Line, Scene } from "./data";
import { EventMarks, type OnEvents } from "./events";
import { Highlight, pathOf, pointColor, seriesOf, widthOf } from "./lines";
import { Marks } from "./marks";
import { Plotted } from "./plotted";
import { listen, Zoom } from "./pointer";
import type { View } from "./view";

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

export function draw(root: HTMLElement, scene: Scene, lines: Line[], view: View, looked: () => Line | null, frame: Frame): OneChart {
  const plotted = new Plotted(scene, lines, view, frame.isSmall);
  const { slots, xs, columns } = plotted;
  const colors = new Colors(root, lines, looked);
  const { isMany } = colors;
  const marks = new Marks(plotted, colors);
  const events = new EventMarks(plotted, frame.onEvents);
  const path = pathOf(colors);
  const highlight = new Highlight(plotted, colors, path, (u, ctx, visible) => marks.draw(u, ctx, visible));
  const width = () => Math.max(frame.isSmall ? 200 : 280, root.clientWidth);
  const colorAt = (_u: uPlot, index: number) => pointColor(lines, index);
  const plot = new uPlot({
    width: width(), height: frame.height, legend: { show: false }, padding: [frame.isSmall ? 8 : 14, view.x === "order" ? 30 : frame.isSmall ? 10 : 14, 0, 0], tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: scalesOf(plotted),
    axes: axesOf(plotted, () => colors.palette),
    series: seriesOf(plotted, colors, path),
    cursor: { drag: { x: true, y: false, dist: 5 }, focus: { prox: lines.length > 1 ? 24 : 1e6 }, points: { size: 8, one: isMany, fill: colorAt, stroke: colorAt } },
    focus: { alpha: 1 },
    hooks: {
      draw: [u => { marks.draw(u, u.ctx, lines.filter(line => !line.isHidden)); highlight.draw(u); events.update(u); }],
      setCursor: [u => frame.onPoint(u.cursor.idx ?? null, null, u.cursor.left ?? -10)],
      // uPlot also calls this when a line is shown or hidden; only focus changes come from the pointer.
      setSeries: [(u, index, told) => { if ((told as { focus?: boolean }).focus) frame.onPoint(u.cursor.idx ?? null, index && index <= lines.length ? lines[index - 1] : null, u.cursor.left ?? -10); }],
      setScale: [(u, key) => { if (key === "x") frame.onZoom(u.scales.x.min!, u.scales.x.max!); }],
    },
  }, [xs, ...columns, ...plotted.limits] as uPlot.AlignedData, root);
  if (isMany) plot.ctx.canvas.after(highlight.sheet);
  plot.over.append(events.box);

  const zoom = new Zoom(plot, xs);
  const stop = new AbortController();
  listen(plot, zoom, frame.focus, stop.signal);
  const resized = new ResizeObserver(() => { if (Math.abs(plot.width - width()) > 1) plot.setSize({ width: width(), height: frame.height }); });
  resized.observe(root);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => { colors.reread(); plot.redraw(false); }, { signal: stop.signal });

  let shown: Line | null = null;
  return {
    slots,
    baseOf: line => plotted.baseOf(line),
    show: line => {
      plot.setSeries(plotted.placeOf(line) + 1, { show: !line.isHidden });
      for (const series of plot.series.slice(1, lines.length + 1)) series.width = widthOf(colors.isGrey);
    },
    look: line => {
      if (line === shown) return;
      shown = line;
      if (isMany) highlight.draw(plot);
      else if (lines.length > 1) plot.redraw(false);
    },
    mark: () => events.update(plot),
    point: (line, at) => {
      const [x, y] = [xs[at], columns[plotted.placeOf(line)][at]];
      zoom.include(x);
      plot.setCursor({ left: plot.valToPos(x, "x"), top: y === null ? 0 : plot.valToPos(y, plotted.axisOf(line)) }, false);
    },
    place: () => ({ top: 18, left: frame.isSmall ? (plot.cursor.left ?? 0) + plot.bbox.left / devicePixelRatio : null, isRight: (plot.cursor.left ?? 0) > plot.bbox.width / devicePixelRatio / 2 }),
    range: () => zoom.range(),
    seen: () => {
      const range = zoom.range();
      return range && slots.filter((_, i) => xs[i] >= range[0] && xs[i] <= range[1]);
    },
    zoomTo: (min, max) => plot.setScale("x", { min, max }),
    zoom: (factor, at) => zoom.by(factor, at),
    pan: part => zoom.pan(part),
    reset: () => zoom.reset(),
    cursorAt: left => plot.setCursor({ left, top: -10 }, false),
    complete: () => {},
    destroy: () => { stop.abort(); resized.disconnect(); plot.destroy(); },
  };
}
