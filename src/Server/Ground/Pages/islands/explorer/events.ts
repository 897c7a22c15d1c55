// The marks of events above a chart. They are HTML elements instead of canvas drawing, so that each can be hovered, touched and read aloud.
import type uPlot from "uplot";
import type { PlotEvent } from "./data";
import type { Plotted } from "./plotted";
import { eventsOf, slotOf } from "./view";

/** Called when the pointer enters, clicks or leaves an event mark. */
export type OnEvents = (mark: HTMLElement, events: PlotEvent[], act: "point" | "click" | "leave") => void;

/** Events closer than this share one mark. */
const markWidth = 24;

export class EventMarks {
  readonly box = document.createElement("div");
  private marked = "";

  constructor(private readonly plotted: Plotted, private readonly onEvents: OnEvents) {
    this.box.className = "events";
  }

  /** Moves the marks to where the chart shows their times, if anything has changed. */
  update(u: uPlot): void {
    const { scene, view, slots, xs } = this.plotted;
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
    if (now === this.marked) return;
    this.marked = now;
    this.box.replaceChildren(...groups.map(({ left, events }) => this.markOf(left, events)));
  }

  private markOf(left: number, events: PlotEvent[]): HTMLElement {
    const mark = document.createElement("button");
    mark.type = "button";
    mark.tabIndex = -1; // The plot is a single tab stop; the key e goes from event to event.
    mark.className = "event-mark";
    mark.style.left = `${left}px`;
    mark.dataset.count = events.length === 1 ? "" : String(events.length);
    mark.setAttribute("aria-label", events.map(event => event.text).join(". "));
    mark.addEventListener("mouseenter", () => this.onEvents(mark, events, "point"));
    mark.addEventListener("mouseleave", () => this.onEvents(mark, events, "leave"));
    mark.addEventListener("click", () => this.onEvents(mark, events, "click"));
    // Keeps the plot from handling events of the mark.
    for (const name of ["mousemove", "mousedown", "mouseup", "click", "dblclick"]) mark.addEventListener(name, event => event.stopPropagation());
    return mark;
  }
}
