// The legend: the lines with their values at the cursor, the filter, and the kinds of events.
import type { Chart } from "./chart";
import { greyFrom } from "./colors";
import { eventKinds, type Line, type Scene } from "./data";
import { element } from "./elements";
import { percent, print } from "./units";
import { matches, type View } from "./view";

/** What the explorer does when the legend is used. */
export interface LegendActs {
  hide(line: Line, isHidden: boolean): void;
  single(line: Line): void;
  all(): void;
  filter(text: string): void;
  /** Called with null when the pointer leaves a line. */
  look(line: Line | null): void;
  /** Draws a plot for each line. */
  split(): void;
  /** Called when the shown kinds of events have changed. */
  events(): void;
}

interface LegendRow { line: Line; item: HTMLLIElement; toggle: HTMLButtonElement; value: HTMLElement }

export class Legend {
  readonly box: HTMLElement;
  private readonly rows: LegendRow[];
  private readonly apart: HTMLElement;
  private readonly count = element("span", { class: "count" });

  constructor(private readonly scene: Scene, private readonly view: View, private readonly acts: LegendActs) {
    // Lines that changed come first.
    const lines = [...scene.lines].sort((a, b) => b.changes.length + b.alerts.size - a.changes.length - a.alerts.size || a.index - b.index);
    this.rows = lines.map(line => this.rowOf(line));
    this.apart = element("span", { class: "apart" },
      "So many lines are grey: point at one, or ", element("button", { type: "button", class: "linkish", click: () => acts.split() }, "show a plot for each"), ".");
    const filter = element("input", { type: "search", value: view.filter, placeholder: "name or pat*tern", "aria-label": "Filter the lines", input: event => acts.filter((event.target as HTMLInputElement).value) });
    this.box = element("div", { class: "legend-box" },
      element("div", { class: "legend-bar" }, element("label", { class: "field" }, "Lines", filter), this.count,
        element("button", { type: "button", class: "button quiet", click: () => acts.all() }, "Show all lines"), this.apart),
      element("ul", { class: "legend", "aria-label": "Lines" }, ...this.rows.map(row => row.item)), ...this.eventBox());
  }

  /** The lines in the legend's order. */
  get lines(): Line[] { return this.rows.map(row => row.line); }

  /** @param isApart True when the plot is split. */
  refresh(isApart: boolean): void {
    for (const { line, item, toggle } of this.rows) {
      toggle.setAttribute("aria-pressed", String(!line.isHidden));
      item.hidden = !matches(line.name, this.view.filter);
    }
    const shown = this.scene.lines.filter(line => !line.isHidden).length;
    this.apart.hidden = isApart || shown <= greyFrom;
    this.count.textContent = `${shown} of ${this.scene.lines.length} shown`;
  }

  /** Shows the lines' values in a slot. */
  tell(slot: number | null, chart: Chart): void {
    for (const { line, value } of this.rows) {
      const found = slot === null ? null : line.value(slot);
      const base = found === null ? null : chart.baseOf(line);
      value.textContent = found === null ? "" : base === null ? print(found, line) : percent(found / base - 1);
    }
  }

  private rowOf(line: Line): LegendRow {
    const { acts } = this;
    const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = line.color;
    const value = element("span", { class: "value" });
    const toggle = element("button", { type: "button", class: "toggle", click: () => acts.hide(line, !line.isHidden) }, swatch, line.name);
    const single = element("button", { type: "button", class: "single", "aria-label": `Only ${line.name}`, title: "Show only this line", click: () => acts.single(line) }, "only");
    const marks = element("span", { class: "marks" }, [openOf(line), line.alerts.size > 0 ? `${line.alerts.size} alert${line.alerts.size > 1 ? "s" : ""}` : ""].filter(text => text).join(", "));
    const item = element("li", { mouseenter: () => acts.look(line), mouseleave: () => acts.look(null) }, toggle, marks, value, single);
    return { line, item, toggle, value };
  }

  // A toggle for each kind of event in the plot, which hides its marks.
  private eventBox(): HTMLElement[] {
    const { scene, view, acts } = this;
    const kinds = Object.keys(eventKinds).filter(kind => scene.settings.events.some(event => event.kind === kind));
    if (kinds.length === 0) return [];
    return [element("div", { class: "legend-events", role: "group", "aria-label": "Events" }, element("span", { class: "event-sign", "aria-hidden": "true" }), "Events", ...kinds.map(kind => {
      const count = scene.settings.events.filter(event => event.kind === kind).length;
      const toggle = element("button", { type: "button", class: "toggle-events", "aria-pressed": String(!view.quiet.includes(kind)), click: () => {
        const isQuiet = view.quiet.includes(kind);
        view.quiet = isQuiet ? view.quiet.filter(one => one !== kind) : [...view.quiet, kind];
        toggle.setAttribute("aria-pressed", String(isQuiet));
        acts.events();
      } }, eventKinds[kind], " ", element("span", { class: "count" }, String(count)));
      return toggle;
    }))];
  }
}

/** As in the table of lines: the branch's own open change, or else an open change that it took over. */
function openOf(line: Line): string {
  const open = line.changes.filter(change => change.state === "open").sort((a, b) => b.number - a.number);
  const change = open.find(one => one.branch === line.branch) ?? open[0];
  return change ? `${change.verdict}${change.branch === line.branch ? "" : ` on ${change.branch}`}` : "";
}
