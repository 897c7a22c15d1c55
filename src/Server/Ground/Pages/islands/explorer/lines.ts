// The lines of a chart and their limits, and the layer that shows the selected one of many lines.
import type uPlot from "uplot";
import type { Colors } from "./colors";
import type { Line } from "./data";
import type { Plotted } from "./plotted";

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

export function pathOf({ isMany }: Colors): uPlot.Series.PathBuilder {
  return traced(isMany ? 2 * devicePixelRatio : devicePixelRatio);
}

/** The width of the lines. Many lines are one pixel wide: that draws many times faster than a wider line, and is as visible. */
export function widthOf(isThin: boolean): number {
  return isThin ? 1 / devicePixelRatio : 1.75;
}

export function seriesOf(plotted: Plotted, colors: Colors, paths: uPlot.Series.PathBuilder): uPlot.Series[] {
  const { lines, limits } = plotted;
  return [
    {},
    ...lines.map((line): uPlot.Series => ({ label: line.name, scale: plotted.axisOf(line), stroke: () => colors.strokeOf(line), width: widthOf(colors.isMany), spanGaps: true,
      show: !line.isHidden, paths, points: colors.isMany || plotted.isSmall ? { show: false } : { size: 5, fill: () => colors.strokeOf(line) } })),
    ...limits.map((_, i): uPlot.Series => ({ scale: plotted.axisOf(lines[i >> 1]), stroke: () => lines[i >> 1].color, width: 1, dash: [5, 4], spanGaps: true, points: { show: false } })),
  ];
}

/** The color of the cursor's point on a series: on a line, or on a limit of a line. */
export function pointColor(lines: Line[], index: number): string {
  return (lines[index - 1] ?? lines[(index - 1 - lines.length) >> 1] ?? lines[0]).color;
}

/** The layer above many lines, which shows the selected one. */
export class Highlight {
  readonly sheet = document.createElement("canvas");

  /** @param marks Draws the marks of lines. */
  constructor(private readonly plotted: Plotted, private readonly colors: Colors, private readonly path: uPlot.Series.PathBuilder,
    private readonly marks: (u: uPlot, ctx: CanvasRenderingContext2D, visible: Line[]) => void) {
    this.sheet.className = "sheet";
  }

  draw(plot: uPlot): void {
    if (!this.colors.isMany) return;
    const { sheet, plotted, colors } = this;
    const ctx = sheet.getContext("2d")!;
    const { width, height } = plot.ctx.canvas;
    if (sheet.width !== width || sheet.height !== height) [sheet.width, sheet.height] = [width, height];
    ctx.clearRect(0, 0, width, height);
    const line = colors.looked();
    if (!line || line.isHidden || !plotted.has(line)) return;
    const { left, top, width: across, height: down } = plot.bbox;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, across, down);
    ctx.clip();
    const [from, to] = plot.series[0].idxs!;
    const stroke = this.path(plot, plotted.placeOf(line) + 1, Math.max(0, from - 1), Math.min(plotted.xs.length - 1, to + 1))!.stroke as Path2D;
    ctx.lineJoin = "round";
    for (const [color, thick] of [[colors.palette.paper, 5], [line.color, 2.25]] as [string, number][]) {
      [ctx.strokeStyle, ctx.lineWidth] = [color, thick * devicePixelRatio];
      ctx.stroke(stroke);
    }
    ctx.restore();
    this.marks(plot, ctx, [line]);
  }
}
