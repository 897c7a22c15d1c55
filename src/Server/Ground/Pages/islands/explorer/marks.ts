// The marks on the canvas of a chart: other machines, changes with their levels, beginnings of branches, and alerts.
import type uPlot from "uplot";
import type { Colors } from "./colors";
import type { Change, Line } from "./data";
import type { Plotted } from "./plotted";

interface Canvas { u: uPlot; ctx: CanvasRenderingContext2D; ratio: number }

/** Marks an x position by a dashed line with a text. Of several at one position only the first is drawn, except below. */
type Upright = (x: number, text: string, isBelow?: boolean) => void;

export class Marks {
  /** The x positions at which another kind of machine measured. */
  private readonly machines: number[];
  /** The x positions where branches begin, if the plot also shows values from before that. */
  private readonly forks: { at: number; text: string }[];
  /** Caches where each change begins, because every redraw needs it. */
  private readonly begins = new Map<Change, number>();

  constructor(private readonly plotted: Plotted, private readonly colors: Colors) {
    const { scene, slots, xs, lines } = plotted;
    this.machines = scene.machines.size === 0 ? [] : [...new Set(slots.flatMap((slot, i) => scene.machines.has(scene.slots[slot].report) ? [xs[i]] : []))];
    this.forks = scene.settings.begins.flatMap(({ branch, number }) => {
      const own = lines.filter(line => line.branch === branch);
      const isOwn = (slot: number) => this.versionOf(slot) > number;
      const first = slots.findIndex(slot => isOwn(slot) && own.some(line => line.has(slot)));
      return first < 0 || !own.some(line => line.slots.some(slot => !isOwn(slot))) ? [] : [{ at: xs[first], text: plotted.isSmall ? "begin" : `${branch} begins` }];
    });
  }

  /** @param visible The lines whose marks are drawn. */
  draw(u: uPlot, ctx: CanvasRenderingContext2D, visible: Line[]): void {
    const canvas = { u, ctx, ratio: devicePixelRatio };
    ctx.save();
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    this.drawMachines(canvas);
    const upright = uprightOn(canvas);
    for (const line of visible) this.drawChanges(canvas, line, visible, upright);
    for (const { at, text } of this.forks) {
      ctx.fillStyle = ctx.strokeStyle = this.colors.palette.muted;
      upright(Math.round(u.valToPos(at, "x", true)), text, true);
    }
    this.drawAlerts(canvas, visible);
    ctx.restore();
  }

  private versionOf(slot: number): number {
    const { slots, reports } = this.plotted.scene;
    return reports.version[slots[slot].report];
  }

  /** The plot index at which a change begins, or -1. */
  private beginOf(line: Line, change: Change): number {
    let since = this.begins.get(change);
    if (since === undefined) {
      since = this.plotted.slots.findIndex(slot => line.series(slot) === change.series && this.versionOf(slot) >= change.number);
      this.begins.set(change, since);
    }
    return since;
  }

  private drawMachines({ u, ctx, ratio }: Canvas): void {
    for (const x of this.machines) {
      const at = Math.round(u.valToPos(x, "x", true));
      ctx.fillStyle = ctx.strokeStyle = this.colors.palette.muted;
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
  }

  private drawChanges(canvas: Canvas, line: Line, visible: Line[], upright: Upright): void {
    const { plotted, colors: { palette, isMany, looked } } = this;
    const { u, ctx } = canvas;
    for (const change of line.changes) {
      const since = this.beginOf(line, change);
      if (since < 0) continue;
      const x = Math.round(u.valToPos(plotted.xs[since], "x", true));
      ctx.strokeStyle = ctx.fillStyle = change.state === "open" ? (change.verdict === "slower" ? palette.bad : palette.good) : palette.muted;
      upright(x, change.verdict === "slower" ? "▲" : "▼");
      const returned = line.ends.get(change);
      if (returned !== undefined) {
        ctx.fillStyle = ctx.strokeStyle = palette.muted;
        upright(Math.round(u.valToPos(plotted.xs[plotted.order[returned]], "x", true)), plotted.isSmall ? "↩" : "↩ returned");
      }
      if (visible.length > 3 && (isMany || looked() !== line) || plotted.isSmall && visible.length > 1) continue;
      this.drawLevels(canvas, line, change);
    }
  }

  // The levels before and after the change, up to the neighboring changes.
  private drawLevels({ u, ctx, ratio }: Canvas, line: Line, change: Change): void {
    const { plotted } = this;
    const { slots, xs } = plotted;
    const numbers = line.changes.map(one => one.number).sort((a, b) => a - b);
    const numberAt = (i: number) => this.versionOf(slots[i]);
    const from = numbers.filter(number => number < change.number).pop() ?? -1;
    const to = numbers.find(number => number > change.number) ?? Infinity;
    const end = line.ends.has(change) ? this.versionOf(line.ends.get(change)!) : Infinity;
    const own = slots.map((slot, i) => line.has(slot) && numberAt(i) >= from && numberAt(i) < Math.min(to, end) ? i : -1).filter(i => i >= 0);
    ctx.lineWidth = 4 * ratio;
    ctx.globalAlpha = 0.45;
    ctx.strokeStyle = line.color;
    for (const [part, level] of [[own.filter(i => numberAt(i) < change.number), change.before], [own.filter(i => numberAt(i) >= change.number), change.after]] as [number[], number][]) {
      const shown = plotted.shownAs(line, level);
      if (part.length === 0 || shown === null) continue;
      const y = u.valToPos(shown, plotted.axisOf(line), true);
      ctx.beginPath();
      ctx.moveTo(u.valToPos(xs[part[0]], "x", true), y);
      ctx.lineTo(u.valToPos(xs[part[part.length - 1]], "x", true), y);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }

  private drawAlerts({ u, ctx, ratio }: Canvas, visible: Line[]): void {
    const { plotted, colors: { palette } } = this;
    const taken = new Set<string>();
    for (const line of visible) {
      const column = plotted.columns[plotted.placeOf(line)];
      for (const [slot, alert] of line.alerts) {
        const i = plotted.order[slot];
        const value = column[i];
        if (value === null) continue;
        const [x, y] = [u.valToPos(plotted.xs[i], "x", true), u.valToPos(value, plotted.axisOf(line), true)];
        const key = `${Math.round(x)} ${Math.round(y)} ${alert.status}`;
        if (taken.has(key)) continue; // Draws only the first of overlapping alerts.
        taken.add(key);
        const size = (alert.limit === "upper" ? 1 : -1) * (plotted.isSmall ? 5 : 7) * ratio;
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
  }
}

function uprightOn({ u, ctx, ratio }: Canvas): Upright {
  const drawn = new Set<number>();
  return (x, text, isBelow = false) => {
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
}
