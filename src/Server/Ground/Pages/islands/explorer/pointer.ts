// Zoom and pan of a chart: by wheel, drag and pinch, and from buttons and keys.
import type uPlot from "uplot";

/** The visible range of a chart's x axis. */
export class Zoom {
  private readonly first: number;
  private readonly last: number;

  constructor(private readonly plot: uPlot, xs: number[]) {
    [this.first, this.last] = [xs[0], xs[xs.length - 1]];
  }

  setX(from: number, to: number): void {
    const { first, last } = this;
    const span = Math.min(Math.max(to - from, (last - first) / 1e5 || 1), last - first || 2);
    from = Math.min(Math.max(from, first), last - span);
    this.plot.setScale("x", { min: from, max: from + span });
  }

  /** @param at The position that stays where it is. */
  by(factor: number, at?: number): void {
    const { min, max } = this.plot.scales.x as { min: number; max: number };
    const fixed = at ?? (max >= this.last ? max : (min + max) / 2); // Keeps the newest values in view.
    this.setX(fixed - (fixed - min) * factor, fixed + (max - fixed) * factor);
  }

  pan(part: number): void {
    const { min, max } = this.plot.scales.x as { min: number; max: number };
    this.setX(min + (max - min) * part, max + (max - min) * part);
  }

  reset(): void { this.setX(this.first, this.last); }

  /** The visible range; null when all of it is visible. */
  range(): [number, number] | null {
    const { min, max } = this.plot.scales.x; // Unset before the first drawing.
    return min == null || max == null || (min <= this.first && max >= this.last) ? null : [min, max];
  }

  /** Brings a position into view. */
  include(x: number): void {
    const { min, max } = this.plot.scales.x as { min: number; max: number };
    if (x < min || x > max) this.setX(x - (max - min) / 2, x + (max - min) / 2);
  }
}

/**
 * @param focus The element that receives the keyboard focus when the plot is clicked.
 * @param signal Ends the listening.
 */
export function listen(plot: uPlot, zoom: Zoom, focus: HTMLElement, signal: AbortSignal): void {
  const { over } = plot;
  // The wheel zooms at the pointer, and pans with Shift. Over a plot without focus, the wheel scrolls the page.
  over.addEventListener("wheel", event => {
    if (!event.ctrlKey && !event.shiftKey && document.activeElement !== focus) return;
    event.preventDefault();
    if (event.shiftKey) zoom.pan(Math.sign(event.deltaY || event.deltaX) * 0.1);
    else zoom.by(event.deltaY < 0 ? 0.8 : 1.25, plot.posToVal(event.offsetX, "x"));
  }, { passive: false, signal });
  // Dragging with Shift pans.
  over.addEventListener("mousedown", event => {
    focus.focus({ preventScroll: true });
    if (!event.shiftKey) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    let x = event.clientX;
    const moves = new AbortController();
    addEventListener("mousemove", moved => { zoom.pan((x - moved.clientX) / over.clientWidth); x = moved.clientX; }, { signal: moves.signal });
    addEventListener("mouseup", () => moves.abort(), { signal: moves.signal });
  }, { capture: true, signal });
  // Two fingers pinch; one scrolls the page.
  let pinched: { distance: number; at: number } | null = null;
  const distance = (touches: TouchList) => Math.abs(touches[0].clientX - touches[1].clientX);
  over.addEventListener("touchmove", event => {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const now = Math.max(10, distance(event.touches));
    const middle = (event.touches[0].clientX + event.touches[1].clientX) / 2 - over.getBoundingClientRect().left;
    if (pinched) zoom.by(pinched.distance / now, pinched.at);
    pinched = { distance: now, at: pinched?.at ?? plot.posToVal(middle, "x") };
  }, { passive: false, signal });
  over.addEventListener("touchend", () => { pinched = null; }, { signal });
  over.addEventListener("dblclick", () => zoom.reset(), { signal });
}
