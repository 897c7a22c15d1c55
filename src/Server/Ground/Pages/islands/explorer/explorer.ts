// Replaces the server's picture of a plot with an interactive one: zoom, cursor, and a legend of lines. Without this program, the page
// shows the server's picture and tables, with the same data.
import "uplot/dist/uPlot.min.css";
import "./explorer.css";
import { draw, greyFrom, slotName, type Chart, type OnEvents } from "./chart";
import { eventKinds, load, metricOf, type Line, type PlotEvent, type Scene, type Settings } from "./data";
import { download } from "./exports";
import { drawApart, splits } from "./multiples";
import { eventsOf, isOff, keep, matches, seenOf, slotOf, viewOf, xOf, type Split, type View } from "./view";
import { percent, print, time } from "./units";

const height = 460;

type Attributes = Record<string, string | null | ((event: Event) => void)>;

function element<K extends keyof HTMLElementTagNameMap>(name: K, attributes: Attributes = {}, ...content: (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== null) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

/** As in the table of lines: the branch's own open change, or else an open change that it took over. */
function openOf(line: Line): string {
  const open = line.changes.filter(change => change.state === "open").sort((a, b) => b.number - a.number);
  const change = open.find(one => one.branch === line.branch) ?? open[0];
  return change ? `${change.verdict}${change.branch === line.branch ? "" : ` on ${change.branch}`}` : "";
}

class Explorer {
  private readonly view: View;
  private readonly toolbarOf: HTMLElement;
  private chart!: Chart;
  private looked: Line | null = null;
  private held: Line | null = null;
  private point: number | null = null;
  private isPinned = false;
  private lastEvent: PlotEvent | null = null;
  private isOver = false;
  private keeping = 0;
  private readonly canvas = element("div", { class: "canvas", tabindex: "0", role: "application", "aria-label": "Plot. Arrow keys move from value to value and from line to line; question mark lists all keys." });
  private readonly facts = element("div", { class: "facts-of-point", hidden: "" });
  private readonly told = element("p", { class: "unseen", role: "status", "aria-live": "polite" });
  private readonly legend = element("ul", { class: "legend", "aria-label": "Lines" });
  private readonly apart = element("span", { class: "apart" });
  private readonly notes = element("p", { class: "notes", hidden: "" });
  private readonly count = element("span", { class: "count" });
  private readonly keys = element("dialog", { class: "keys", "aria-label": "Keys of the plot" });
  private rows: { line: Line; item: HTMLLIElement; toggle: HTMLButtonElement; value: HTMLElement }[] = [];

  constructor(figure: HTMLElement, private readonly scene: Scene) {
    const address = new URL(location.href);
    this.view = viewOf(address, new URL(scene.settings.data, location.href), scene);
    for (const line of scene.lines) {
      line.isOff = isOff(line, address);
      line.isHidden = line.isOff || !matches(line.name, this.view.filter);
    }
    this.toolbarOf = this.toolbar();
    const root = element("div", { class: "explorer" }, this.toolbarOf, this.notes, element("div", { class: "stage" }, this.canvas, this.facts), this.told, this.legendBox(), this.keys);
    figure.replaceChildren(root);
    figure.dataset.ready = "true";
    this.keys.append(...this.keyList());
    this.canvas.addEventListener("keydown", event => this.onKey(event));
    this.canvas.addEventListener("click", () => { this.isPinned = this.point !== null && !this.isPinned; this.tell(); });
    for (const name of ["mouseenter", "mousemove"]) this.canvas.addEventListener(name, () => { this.isOver = true; }, { capture: true });
    this.canvas.addEventListener("mouseleave", () => {
      this.isOver = false;
      if (!this.isPinned) this.facts.hidden = true;
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

  private toolbar(): HTMLElement {
    const choice = (label: string, value: string, options: [string, string][], act: (value: string) => void) => element("label", { class: "field" }, label,
      element("select", { change: event => act((event.target as HTMLSelectElement).value) },
        ...options.map(([key, text]) => element("option", { value: key, selected: key === value ? "" : null }, text))));
    const button = (text: string, label: string, act: () => void) => element("button", { type: "button", class: "button quiet", "aria-label": label, title: label, click: act },
      /[a-z]/i.test(text) ? text : element("span", { "aria-hidden": "true" }, text)); // Screen readers read the label instead of a symbol.
    return element("div", { class: "explorer-bar" },
      choice("X axis", this.view.x, [["order", "commits in order"], ["date_time", "date"], ["version", "version"]], value => { this.view.x = value as View["x"]; this.redraw(); }),
      choice("Y axis", this.view.y,
        [["auto", "automatic"], ["linear", "linear"], ["log", "logarithmic"], ["zero", "from zero"], ["first", "% of the first"], ["reference", "% of a reference"]],
        value => {
          this.view.y = value as View["y"];
          if (value === "reference") this.view.reference = this.point === null ? this.view.reference ?? this.chart.slots[0] : this.chart.slots[this.point];
          this.redraw();
        }),
      ...(this.scene.lines.length > 1 ? [choice("Plots", this.view.split, splits(this.scene.lines), value => this.split(value as Split))] : []),
      element("span", { class: "buttons" },
        button("+", "Zoom in", () => this.chart.zoom(0.6)), button("−", "Zoom out", () => this.chart.zoom(1.6)), button("←", "Earlier", () => this.chart.pan(-0.25)),
        button("→", "Later", () => this.chart.pan(0.25)), button("Reset zoom", "Reset zoom: show the whole range", () => this.chart.reset()), button("?", "Keys", () => this.keys.showModal())),
      element("span", { class: "buttons save" }, "Save as ",
        element("a", { class: "button quiet", "data-seen": "", href: this.scene.settings.image, download: `${this.scene.settings.name}.svg` }, "SVG"),
        ...["png", "csv", "json", "markdown"].map(kind => button(kind === "markdown" ? "Markdown" : kind.toUpperCase(), `Save as ${kind}`, () => { this.chart.complete(); queueMicrotask(() => download(kind, this.scene, this.chart.seen(), this.canvas)); }))));
  }

  private legendBox(): HTMLElement {
    // Lines that changed come first.
    const lines = [...this.scene.lines].sort((a, b) => b.changes.length + b.alerts.size - a.changes.length - a.alerts.size || a.index - b.index);
    this.rows = lines.map(line => {
      const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = line.color;
      const value = element("span", { class: "value" });
      const toggle = element("button", { type: "button", class: "toggle", click: () => this.hide(line, !line.isHidden) }, swatch, line.name);
      const single = element("button", { type: "button", class: "single", "aria-label": `Only ${line.name}`, title: "Show only this line", click: () => this.single(line) }, "only");
      const marks = element("span", { class: "marks" }, [openOf(line), line.alerts.size > 0 ? `${line.alerts.size} alert${line.alerts.size > 1 ? "s" : ""}` : ""].filter(text => text).join(", "));
      const item = element("li", { mouseenter: () => this.look(line), mouseleave: () => this.look(this.held) }, toggle, marks, value, single);
      return { line, item, toggle, value };
    });
    this.legend.append(...this.rows.map(row => row.item));
    this.apart.append("So many lines are grey: point at one, or ", element("button", { type: "button", class: "linkish", click: () => this.split("line") }, "show a plot for each"), ".");
    const filter = element("input", { type: "search", value: this.view.filter, placeholder: "name or pat*tern", "aria-label": "Filter the lines", input: event => this.filter((event.target as HTMLInputElement).value) });
    return element("div", { class: "legend-box" },
      element("div", { class: "legend-bar" }, element("label", { class: "field" }, "Lines", filter), this.count,
        element("button", { type: "button", class: "button quiet", click: () => this.all() }, "Show all lines"), this.apart), this.legend, ...this.eventBox());
  }

  // A toggle for each kind of event in the plot, which hides its marks.
  private eventBox(): HTMLElement[] {
    const kinds = Object.keys(eventKinds).filter(kind => this.scene.settings.events.some(event => event.kind === kind));
    if (kinds.length === 0) return [];
    return [element("div", { class: "legend-events", role: "group", "aria-label": "Events" }, element("span", { class: "event-sign", "aria-hidden": "true" }), "Events", ...kinds.map(kind => {
      const count = this.scene.settings.events.filter(event => event.kind === kind).length;
      const toggle = element("button", { type: "button", class: "toggle-events", "aria-pressed": String(!this.view.quiet.includes(kind)), click: () => {
        const isQuiet = this.view.quiet.includes(kind);
        this.view.quiet = isQuiet ? this.view.quiet.filter(one => one !== kind) : [...this.view.quiet, kind];
        toggle.setAttribute("aria-pressed", String(isQuiet));
        this.chart.mark();
        this.refresh();
      } }, eventKinds[kind], " ", element("span", { class: "count" }, String(count)));
      return toggle;
    }))];
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
    this.facts.replaceChildren(...events.map(event => element("span", { class: "event" }, element("span", { class: "when" }, time(event.time)), " ",
      event.address === null ? event.text : element("a", { href: event.address }, event.text))));
    this.facts.hidden = false;
    this.facts.classList.toggle("pinned", this.isPinned);
    const [box, outer] = [mark?.getBoundingClientRect(), this.canvas.getBoundingClientRect()];
    const isRight = box !== undefined && box.left - outer.left > outer.width / 2;
    this.facts.classList.toggle("to-left", isRight);
    [this.facts.style.top, this.facts.style.left, this.facts.style.right] = [`${box && this.isApart ? box.top - outer.top : 18}px`, "", ""];
  }

  // Shows the event after the last one shown, or else the first event after the cursor.
  private event(): void {
    const events = eventsOf(this.scene, this.view);
    if (events.length === 0) {
      this.told.textContent = "There is no event in this plot.";
      return;
    }
    const after = this.lastEvent === null ? -1 : events.indexOf(this.lastEvent);
    const now = this.point === null ? -1 : slotOf(this.scene, this.chart.slots, { time: this.scene.reports.start_time[this.scene.slots[this.chart.slots[this.point]].report], kind: "", text: "", address: null });
    const at = after >= 0 ? (after + 1) % events.length : Math.max(0, events.findIndex(event => slotOf(this.scene, this.chart.slots, event) >= now));
    const event = this.lastEvent = events[at];
    this.isPinned = true;
    const mark = [...this.canvas.querySelectorAll<HTMLElement>(".event-mark")].find(one => one.getAttribute("aria-label")!.includes(event.text)) ?? null;
    this.tellEvents([event], mark);
    this.told.textContent = `Event ${at + 1} of ${events.length}: ${event.text}, ${time(event.time)}`;
  }

  private keyList(): Node[] {
    const keys: [string, string][] = [
      ["← →", "value before, value after"], ["↑ ↓", "line above, line below"], ["Page Up, Page Down", "ten values"], ["Home, End", "first value, newest value"], ["+ −", "zoom"],
      ["Shift ← →", "pan"], ["0", "reset the zoom: the whole range"], ["a", "next alert"], ["e", "next event"], ["r", "take this value as the reference of percent"], ["h", "hide this line"], ["o", "only this line"], ["Enter", "open the metric"], ["t", "go to the table"],
      ["Drag, wheel, pinch", "zoom; the wheel once the plot was clicked, or with Ctrl"], ["Double click", "reset the zoom: the whole range"]];
    return [element("h2", {}, "Keys of the plot"), element("dl", {}, ...keys.flatMap(([key, what]) => [element("dt", {}, key), element("dd", {}, what)])),
      element("form", { method: "dialog" }, element("button", { class: "button" }, "Close"))];
  }

  private redraw(): void {
    const seen = this.chart?.seen() ?? null;
    this.chart?.destroy();
    this.point = null;
    const looked = () => this.looked;
    const onPoint = (at: number | null, line: Line | null) => this.pointed(at, line);
    this.canvas.classList.toggle("apart", this.isApart);
    this.chart = this.isApart
      ? drawApart(this.canvas, this.scene, this.rows.map(row => row.line), this.view, looked, onPoint, lines => this.choose(lines), () => this.zoomed(), this.onEvents)
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
    const select = [...this.toolbarOf.querySelectorAll("select")].find(one => [...one.options].some(option => option.value === "line"));
    if (select) select.value = split;
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
    for (const { line, item, toggle } of this.rows) {
      toggle.setAttribute("aria-pressed", String(!line.isHidden));
      item.hidden = !matches(line.name, this.view.filter);
    }
    const shown = this.scene.lines.filter(line => !line.isHidden).length;
    this.apart.hidden = this.isApart || shown <= greyFrom;
    this.count.textContent = `${shown} of ${this.scene.lines.length} shown`;
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
    for (const { line, value } of this.rows) {
      const found = slot === null ? null : line.value(slot);
      const base = found === null ? null : this.chart.baseOf(line);
      value.textContent = found === null ? "" : base === null ? print(found, line) : percent(found / base - 1);
    }
    const line = this.looked ?? this.scene.lines.find(one => !one.isHidden && slot !== null && one.has(slot)) ?? null;
    if (slot === null || line === null || !line.has(slot)) {
      if (!this.isPinned) this.facts.hidden = true;
      return;
    }
    this.facts.replaceChildren(...this.factsOf(line, slot));
    this.facts.hidden = false;
    this.facts.classList.toggle("pinned", this.isPinned);
    const { top, left, isRight } = this.chart.place();
    this.facts.style.top = `${top}px`;
    this.facts.classList.toggle("to-left", isRight && left === null);
    this.facts.style.right = left === null ? "" : "auto";
    // On the side of the pointer that has room.
    const [across, room] = left === null ? [0, 0] : [this.facts.offsetWidth, this.canvas.clientWidth];
    this.facts.style.left = left === null ? "" : `${left + 16 + across <= room ? left + 16 : Math.max(0, left - 16 - across)}px`;
  }

  private factsOf(line: Line, slot: number): Node[] {
    const { settings, reports, slots } = this.scene;
    const report = slots[slot].report;
    const [value, hash, alert] = [line.value(slot)!, reports.hash[report], line.alerts.get(slot)];
    const before = this.neighbor(line, -1);
    const [subject, author] = [reports.subject?.[report], reports.author?.[report]];
    const facts: Node[] = [
      element("strong", {}, print(value, line)), element("span", {}, line.name), element("span", {}, slotName(this.scene, slot)),
    ];
    if (subject || author) facts.push(element("span", { class: "commit-words" }, [subject, author && `by ${author}`].filter(Boolean).join(" ")));
    if (before !== null) facts.push(element("span", {}, `${percent(value / line.value(before)! - 1)} since the value before`));
    const [lower, upper] = [line.lower(slot), line.upper(slot)];
    if (lower !== null || upper !== null)
      facts.push(element("span", {}, `limits ${lower === null ? "" : print(lower, line)} – ${upper === null ? "" : print(upper, line)}`));
    const machine = this.scene.machines.get(report);
    if (machine) facts.push(element("span", { class: "machine" }, `◆ Another machine: ${machine}`));
    const links: HTMLElement[] = [element("a", { href: settings.reports + reports.uuid[report] }, "Report"), element("a", { href: settings.metrics + metricOf(this.scene, line, slot) }, "Metric")];
    if (hash && settings.commits) links.push(element("a", { href: settings.commits + hash }, `Commit ${hash.slice(0, 10)}`));
    if (alert) links.push(element("a", { href: settings.alerts + alert.uuid, class: "alert" }, `${alert.limit === "upper" ? "▲ above" : "▼ below"} limit, ${alert.status}`));
    for (const change of line.changes.filter(one => reports.version[report] === one.number)) links.push(element("a", { href: change.address }, `${change.verdict} from here${change.branch === line.branch ? "" : ` on ${change.branch}`}, ${change.state}`));
    for (const [change, end] of line.ends) if (end === slot) links.push(element("a", { href: change.address }, "↩ returned here"));
    if (this.isPinned)
      links.push(element("button", { type: "button", class: "linkish", click: () => this.refer(slot) }, "Take as reference"));
    facts.push(element("span", { class: "point-links" }, ...links.flatMap((link, i) => i > 0 ? [" · ", link] : [link])));
    return facts;
  }

  private neighbor(line: Line, step: number): number | null {
    for (let i = (this.point ?? 0) + step; i >= 0 && i < this.chart.slots.length; i += step) if (line.has(this.chart.slots[i])) return this.chart.slots[i];
    return null;
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
      Escape: () => { this.isPinned = false; this.lastEvent = null; this.held = this.looked = null; this.facts.hidden = true; this.chart.look(null); },
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  private refer(slot: number): void {
    [this.view.reference, this.view.y, this.isPinned, this.facts.hidden] = [slot, "reference", false, true];
    this.toolbarOf.querySelectorAll("select")[1].value = "reference";
    this.redraw();
  }

  private current(): Line | null {
    return this.held && !this.held.isHidden ? this.held : this.scene.lines.find(line => !line.isHidden) ?? null;
  }

  private move(by: number): void {
    const line = this.held = this.current();
    if (!line) return;
    const own = this.chart.slots.map((slot, i) => line.has(slot) ? i : -1).filter(i => i >= 0);
    const now = this.point === null ? (by > 0 ? -1 : own.length) : own.findIndex(i => i >= this.point!);
    this.go(line, own[Math.min(Math.max((now < 0 && this.point !== null ? own.length : now) + by, 0), own.length - 1)]);
  }

  private change(by: number): void {
    const visible = this.scene.lines.filter(line => !line.isHidden);
    if (visible.length === 0) return;
    const at = this.held ? visible.indexOf(this.held) : by > 0 ? -1 : 0;
    this.held = visible[(at + by + visible.length) % visible.length];
    let nearest = this.point ?? this.chart.slots.length - 1;
    for (let far = 0; far < this.chart.slots.length; far++) {
      const side = [nearest - far, nearest + far].find(i => i >= 0 && i < this.chart.slots.length && this.held!.has(this.chart.slots[i]));
      if (side === undefined) continue;
      nearest = side;
      break;
    }
    this.go(this.held, nearest);
  }

  private alert(): void {
    const { slots } = this.chart;
    for (let step = 1; step <= slots.length; step++) {
      const at = ((this.point ?? -1) + step) % slots.length;
      const line = this.scene.lines.find(one => !one.isHidden && one.alerts.has(slots[at]));
      if (line) return this.go(this.held = line, at);
    }
    this.told.textContent = "There is no alert in this plot.";
  }

  private go(line: Line, at: number): void {
    [this.isPinned, this.lastEvent, this.point, this.looked] = [false, null, at, line];
    const slot = this.chart.slots[at];
    this.chart.point(line, at);
    [this.point, this.looked] = [at, line];
    this.tell();
    this.chart.look(line);
    const [before, alert] = [this.neighbor(line, -1), line.alerts.get(slot)];
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
