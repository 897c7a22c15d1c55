// The bar above the plot: axes, split, zoom and exports.
import type { Chart } from "./chart";
import type { Scene } from "./data";
import { element } from "./elements";
import { splits } from "./multiples";
import type { Split, View } from "./view";

/** What the explorer does when the toolbar is used. */
export interface ToolbarActs {
  chart(): Chart;
  x(x: View["x"]): void;
  y(y: View["y"]): void;
  split(split: Split): void;
  keys(): void;
  save(kind: string): void;
}

export class Toolbar {
  readonly box: HTMLElement;
  private readonly y: HTMLSelectElement;
  private readonly split: HTMLSelectElement | null;

  constructor(scene: Scene, view: View, acts: ToolbarActs) {
    const x = select(view.x, [["order", "commits in order"], ["date_time", "date"], ["version", "version"]], value => acts.x(value as View["x"]));
    this.y = select(view.y,
      [["auto", "automatic"], ["linear", "linear"], ["log", "logarithmic"], ["zero", "from zero"], ["first", "% of the first"], ["reference", "% of a reference"]],
      value => acts.y(value as View["y"]));
    this.split = scene.lines.length > 1 ? select(view.split, splits(scene.lines), value => acts.split(value as Split)) : null;
    this.box = element("div", { class: "explorer-bar" },
      field("X axis", x), field("Y axis", this.y), ...(this.split ? [field("Plots", this.split)] : []),
      element("span", { class: "buttons" },
        button("+", "Zoom in", () => acts.chart().zoom(0.6)), button("−", "Zoom out", () => acts.chart().zoom(1.6)), button("←", "Earlier", () => acts.chart().pan(-0.25)),
        button("→", "Later", () => acts.chart().pan(0.25)), button("Reset zoom", "Reset zoom: show the whole range", () => acts.chart().reset()), button("?", "Keys", () => acts.keys())),
      element("span", { class: "buttons save" }, "Save as ",
        element("a", { class: "button quiet", "data-seen": "", href: scene.settings.image, download: `${scene.settings.name}.svg` }, "SVG"),
        ...["png", "csv", "json", "markdown"].map(kind => button(kind === "markdown" ? "Markdown" : kind.toUpperCase(), `Save as ${kind}`, () => acts.save(kind)))));
  }

  /** Shows the kind of the y axis, after it has been changed elsewhere. */
  showY(y: View["y"]): void { this.y.value = y; }

  /** Shows the split, after it has been changed elsewhere. */
  showSplit(split: Split): void { if (this.split) this.split.value = split; }
}

function select(value: string, options: [string, string][], act: (value: string) => void): HTMLSelectElement {
  return element("select", { change: event => act((event.target as HTMLSelectElement).value) },
    ...options.map(([key, text]) => element("option", { value: key, selected: key === value ? "" : null }, text)));
}

function field(label: string, control: HTMLElement): HTMLElement {
  return element("label", { class: "field" }, label, control);
}

function button(text: string, label: string, act: () => void): HTMLElement {
  return element("button", { type: "button", class: "button quiet", "aria-label": label, title: label, click: act },
    /[a-z]/i.test(text) ? text : element("span", { "aria-hidden": "true" }, text)); // Screen readers read the label instead of a symbol.
}
