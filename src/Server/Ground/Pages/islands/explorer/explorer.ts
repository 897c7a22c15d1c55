// Replaces the server's picture of a plot with an interactive one: zoom, cursor, and a legend of lines. Without this program, the page
// shows the server's picture and tables, with the same data.
import "uplot/dist/uPlot.min.css";
import "./explorer.css";
import { draw, type Chart } from "./chart";
import { load, metricOf, slotName, type Line, type PlotEvent, type Scene, type Settings } from "./data";
import { element } from "./elements";
import type { OnEvents } from "./events";
import { download } from "./exports";
import { Facts } from "./facts";
import { keysDialog, nearest, neighbor, nextAlert, nextEvent, valueAfter } from "./keys";
import { Legend } from "./legend";
import { drawApart } from "./multiples";
import { Toolbar } from "./toolbar";
import { eventsOf, isOff, keep, matches, seenOf, viewOf, xOf, type Split, type View } from "./view";
import { percent, print, time } from "./units";

const height = 460;

class Explorer {
  private readonly view: View;
  private readonly toolbar: Toolbar;
  private readonly legend: Legend;
  private readonly facts: Facts;
  private chart!: Chart;
  /** The selected line, by pointer or key. */
  private looked: Line | null = null;
  /** The line that stays selected when the pointer leaves: the one selected by key. */
  private held: Line | null = null;
  /** The position of the cursor. */
  private point: number | null = null;
  private isPinned = false;
  private lastEvent: PlotEvent | null = null;
  private isOver = false;
  private keeping = 0;
  private readonly canvas = element("div", { class: "canvas", tabindex: "0", role: "application", "aria-label": "Plot. Arrow keys move from value to value and from line to line; question mark lists all keys." });
  private readonly told = element("p", { class: "unseen", role: "status", "aria-live": "polite" });
  private readonly notes = element("p", { class: "notes", hidden: "" });
  private readonly keys = keysDialog();

  constructor(figure: HTMLElement, private readonly scene: Scene) {
    const address = new URL(location.href);
    this.view = viewOf(address, new URL(scene.settings.data, location.href), scene);
    for (const line of scene.lines) {
      line.isOff = isOff(line, address);
      line.isHidden = line.isOff || !matches(line.name, this.view.filter);
    }
    this.facts = new Facts(scene, this.canvas);
    this.toolbar = new Toolbar(scene, this.view, {
      chart: () => this.chart,
      x: x => { this.view.x = x; this.redraw(); },
      y: y => {
        this.view.y = y;
        if (y === "reference") this.view.reference = this.point === null ? this.view.reference ?? this.chart.slots[0] : this.chart.slots[this.point];
        this.redraw();
      },
      split: split => this.split(split),
      keys: () => this.keys.showModal(),
      save: kind => { this.chart.complete(); queueMicrotask(() => download(kind, this.scene, this.chart.seen(), this.canvas)); },
    });
    this.legend = new Legend(scene, this.view, {
      hide: (line, isHidden) => this.hide(line, isHidden),
      single: line => this.single(line),
      all: () => this.all(),
      filter: text => this.filter(text),
      look: line => this.look(line ?? this.held),
      split: () => this.split("line"),
      events: () => { this.chart.mark(); this.refresh(); },
    });
    const root = element("div", { class: "explorer" }, this.toolbar.box, this.notes, element("div", { class: "stage" }, this.canvas, this.facts.box), this.told, this.legend.box, this.keys);
    figure.replaceChildren(root);
    figure.dataset.ready = "true";
    this.canvas.addEventListener("keydown", event => this.onKey(event));
    this.canvas.addEventListener("click", () => { this.isPinned = this.point !== null && !this.isPinned; this.tell(); });
    for (const name of ["mouseenter", "mousemove"]) this.canvas.addEventListener(name, () => { this.isOver = true; }, { capture: true });
    this.canvas.addEventListener("mouseleave", () => {
      this.isOver = false;
      if (!this.isPinned) this.facts.hide();
    });
    document.addEventListener("click", event => {
      const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-view]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.link(link);
    });
    this.redraw();
    if (this.view.zoom) this.zoomTo(...this.view.zoom);
  }

  // Stays on the page, but sets its URL to the exact view and copies it.
  private link(link: HTMLAnchorElement): void {
    this.view.zoom = this.chart.range();
    keep(this.view, this.scene, new URL(link.href));
    const say = (text: string) => { link.textContent = this.told.textContent = text; };
    const said = "The link is in the address bar";
    if (navigator.clipboard) navigator.clipboard.writeText(location.href).then(() => say("The link is copied"), () => say(said));
    else say(said);
  }

  // Passes the view to the links that let the server render the plot.
  private keep(): void {
    keep(this.view, this.scene);
    const seen = this.chart.seen();
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-seen]")) {
      link.dataset.seen ||= link.href;
      link.href = seenOf(this.scene, this.view, seen, new URL(link.dataset.seen, location.href)).href;
    }
  }

  private zoomTo(from: number, to: number): void {
    const xs = this.chart.slots.map(slot => xOf(this.scene, slot, this.view.x));
    [from, to] = [Math.max(from, xs[0]), Math.min(to, xs[xs.length - 1])];
    if (from < to) this.chart.zoomTo(from, to);
  }

  // Debounced, because browsers limit URL changes per second and a wheel exceeds the limit.
  private zoomed(): void {
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => {
      this.view.zoom = this.chart.range();
      this.keep();
    }, 150);
  }

  private readonly onEvents: OnEvents = (mark, events, act) => {
    if (act === "leave") {
      if (!this.isPinned) this.tell();
      return;
    }
    if (act === "point" && this.isPinned) return;
    this.isPinned = act === "click";
    this.tellEvents(events, mark);
  };

  private tellEvents(events: PlotEvent[], mark: HTMLElement | null): void {
    this.facts.showEvents(events, mark, this.isPinned, this.isApart);
  }

  private event(): void {
    const events = eventsOf(this.scene, this.view);
    if (events.length === 0) {
      this.told.textContent = "There is no event in this plot.";
      return;
    }
    const at = nextEvent(this.scene, events, this.lastEvent, this.chart.slots, this.point);
    const event = this.lastEvent = events[at];
    this.isPinned = true;
    const mark = [...this.canvas.querySelectorAll<HTMLElement>(".event-mark")].find(one => one.getAttribute("aria-label")!.includes(event.text)) ?? null;
    this.tellEvents([event], mark);
    this.told.textContent = `Event ${at + 1} of ${events.length}: ${event.text}, ${time(event.time)}`;
  }

  private redraw(): void {
    const seen = this.chart?.seen() ?? null;
    this.chart?.destroy();
    this.point = null;
    const looked = () => this.looked;
    const onPoint = (at: number | null, line: Line | null) => this.pointed(at, line);
    this.canvas.classList.toggle("apart", this.isApart);
    this.chart = this.isApart
      ? drawApart(this.canvas, this.scene, this.legend.lines, this.view, looked, onPoint, lines => this.choose(lines), () => this.zoomed(), this.onEvents)
      : draw(this.canvas, this.scene, this.scene.lines, this.view, looked, { focus: this.canvas, height, isSmall: false, onPoint, onZoom: () => this.zoomed(), onEvents: this.onEvents });
    // Keeps the same values in view when the x axis changes.
    if (seen && seen.length > 1) {
      let [from, to] = [Infinity, -Infinity];
      for (const slot of seen) {
        const x = xOf(this.scene, slot, this.view.x);
        [from, to] = [Math.min(from, x), Math.max(to, x)];
      }
      this.zoomTo(from, to);
    }
    this.note();
    this.refresh();
  }

  // Explains the reference, and why limits are missing.
  private note(): void {
    const { view, scene } = this;
    const notes: string[] = [];
    if (view.y === "reference" && view.reference !== null)
      notes.push(`In percent of ${slotName(scene, view.reference)}. For another reference click a value and take it, or point at it and press r.`);
    if (view.limits && scene.lines.some(line => line.hasLimits)) {
      if (view.y === "first" || view.y === "reference") notes.push("Limits are not drawn in percent.");
      else if (scene.lines.length > 2 && !this.isApart) notes.push("Limits are drawn where a plot has one line or two: choose \"one each\" to see them.");
    }
    this.notes.textContent = notes.join(" ");
    this.notes.hidden = notes.length === 0;
  }

  private get isApart(): boolean {
    return this.view.split !== "" && this.scene.lines.length > 1;
  }

  private split(split: Split): void {
    this.view.split = split;
    this.toolbar.showSplit(split);
    this.redraw();
  }

  // Shows the lines of one small multiple in a large plot.
  private choose(lines: Line[]): void {
    for (const one of this.scene.lines) {
      if (matches(one.name, this.view.filter)) one.isOff = !lines.includes(one);
      one.isHidden = !lines.includes(one);
    }
    this.split("");
  }

  private pointed(at: number | null, line: Line | null): void {
    if (this.isPinned || (at !== null && !this.isOver)) return;
    const before = [this.point, this.looked];
    this.point = at;
    if (line) this.looked = line;
    else if (at === null) this.looked = this.held;
    if (before[0] === this.point && before[1] === this.looked) return;
    this.tell();
    this.chart?.look(this.looked);
  }

  private refresh(): void {
    this.legend.refresh(this.isApart);
    this.keep();
  }

  private hide(line: Line, isHidden: boolean): void {
    line.isOff = isHidden;
    this.apply();
    this.look(line); // The pointer is still over the line.
  }

  private single(line: Line): void {
    for (const one of this.scene.lines) if (matches(one.name, this.view.filter)) one.isOff = one !== line;
    this.apply();
    this.look(line);
  }

  private all(): void {
    for (const one of this.scene.lines) if (matches(one.name, this.view.filter)) one.isOff = false;
    this.apply();
  }

  private filter(text: string): void {
    this.view.filter = text;
    this.apply();
  }

  private apply(): void {
    for (const line of this.scene.lines) {
      const isHidden = line.isOff || !matches(line.name, this.view.filter);
      if (line.isHidden === isHidden) continue;
      line.isHidden = isHidden;
      this.chart.show(line);
    }
    this.refresh();
  }

  // A hidden line cannot be selected, because that would make the others grey.
  private look(line: Line | null): void {
    this.looked = line?.isHidden ? null : line;
    this.chart.look(this.looked);
  }

  // Shows the values at the cursor: all lines in the legend, and one line beside the plot.
  private tell(): void {
    const slot = this.point === null ? null : this.chart.slots[this.point];
    this.legend.tell(slot, this.chart);
    const line = this.looked ?? this.scene.lines.find(one => !one.isHidden && slot !== null && one.has(slot)) ?? null;
    if (slot === null || line === null || !line.has(slot)) {
      if (!this.isPinned) this.facts.hide();
      return;
    }
    this.facts.showValue(line, slot, this.before(line), this.isPinned, this.chart.place(), () => this.refer(slot));
  }

  // The slot of the line's value before the cursor.
  private before(line: Line): number | null {
    return neighbor(line, this.chart.slots, this.point ?? 0, -1);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts: Record<string, () => void> = {
      ArrowLeft: () => event.shiftKey ? this.chart.pan(-0.25) : this.move(-1), ArrowRight: () => event.shiftKey ? this.chart.pan(0.25) : this.move(1),
      ArrowUp: () => this.change(-1), ArrowDown: () => this.change(1), PageUp: () => this.move(-10), PageDown: () => this.move(10),
      Home: () => this.move(-Infinity), End: () => this.move(Infinity), "+": () => this.chart.zoom(0.6), "=": () => this.chart.zoom(0.6), "-": () => this.chart.zoom(1.6),
      "0": () => this.chart.reset(), a: () => this.alert(), e: () => this.event(), Enter: () => this.open(), "?": () => this.keys.showModal(), h: () => { if (this.held) this.hide(this.held, true); }, o: () => { if (this.held) this.single(this.held); },
      t: () => document.getElementById("series")?.closest("section")?.querySelector<HTMLElement>("[tabindex]")?.focus(),
      r: () => this.refer(this.chart.slots[this.point ?? 0]),
      Escape: () => { this.isPinned = false; this.lastEvent = null; this.held = this.looked = null; this.facts.hide(); this.chart.look(null); },
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  private refer(slot: number): void {
    [this.view.reference, this.view.y, this.isPinned] = [slot, "reference", false];
    this.facts.hide();
    this.toolbar.showY("reference");
    this.redraw();
  }

  private current(): Line | null {
    return this.held && !this.held.isHidden ? this.held : this.scene.lines.find(line => !line.isHidden) ?? null;
  }

  private move(by: number): void {
    const line = this.held = this.current();
    if (line) this.go(line, valueAfter(line, this.chart.slots, this.point, by));
  }

  private change(by: number): void {
    const visible = this.scene.lines.filter(line => !line.isHidden);
    if (visible.length === 0) return;
    const at = this.held ? visible.indexOf(this.held) : by > 0 ? -1 : 0;
    this.held = visible[(at + by + visible.length) % visible.length];
    this.go(this.held, nearest(this.held, this.chart.slots, this.point ?? this.chart.slots.length - 1));
  }

  private alert(): void {
    const next = nextAlert(this.scene.lines, this.chart.slots, this.point);
    if (next) this.go(this.held = next.line, next.at);
    else this.told.textContent = "There is no alert in this plot.";
  }

  private go(line: Line, at: number): void {
    [this.isPinned, this.lastEvent, this.point, this.looked] = [false, null, at, line];
    const slot = this.chart.slots[at];
    this.chart.point(line, at);
    [this.point, this.looked] = [at, line];
    this.tell();
    this.chart.look(line);
    const [before, alert] = [this.before(line), line.alerts.get(slot)];
    this.told.textContent = `${line.name}: ${print(line.value(slot)!, line)}, ${slotName(this.scene, slot)}`
      + (before === null ? "" : `, ${percent(line.value(slot)! / line.value(before)! - 1)} since the value before`)
      + (this.scene.machines.has(this.scene.slots[slot].report) ? `, another machine: ${this.scene.machines.get(this.scene.slots[slot].report)}` : "")
      + (alert ? `, ${alert.limit === "upper" ? "above" : "below"} the limit, alert ${alert.status}` : "");
  }

  private open(): void {
    const line = this.looked ?? this.current();
    if (this.point !== null && line?.has(this.chart.slots[this.point])) location.href = this.scene.settings.metrics + metricOf(this.scene, line, this.chart.slots[this.point]);
  }
}

const figure = document.querySelector<HTMLElement>("figure[data-explorer]");
const settings = document.getElementById("explorer-settings")?.textContent;
if (figure && settings) {
  load(JSON.parse(settings) as Settings).then(scene => { if (scene.lines.length > 0) new Explorer(figure, scene); })
    .catch((error: unknown) => { console.warn(error); figure.dataset.ready = "failed"; }); // The server's picture stays.
}
