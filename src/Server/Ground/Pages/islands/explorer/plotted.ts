// What a chart shows: the values of each line along the x axis, and the y axis on which they are shown.
import { middle, type Line, type Scene } from "./data";
import { fitting, type Scale } from "./units";
import { baseOf, inOrder, xOf, type View } from "./view";

type Column = (number | null)[];

export class Plotted {
  /** The slots from left to right. Plot indices are positions in this list. */
  readonly slots: number[];
  /** The position on the x axis of each slot, from left to right. */
  readonly xs: number[];
  /** The plot index of each slot. */
  readonly order: Int32Array;
  /** True when values are shown in percent of a base. */
  readonly isRelative: boolean;
  /** The lines of each y axis: of the left one, and of the right one if there is one. */
  readonly sides: Line[][];
  /** The units of each y axis. */
  readonly scales: Scale[];
  /** For each y axis, whether it is logarithmic. */
  readonly isLog: boolean[];
  /** The shown values of each line. */
  readonly columns: Column[];
  /** The shown lower and upper limits of each line; empty if limits are not shown. */
  readonly limits: Column[];
  private readonly places: Map<Line, number>;
  private readonly bases: (number | null)[];
  /** The divisor of each line's values. */
  private readonly factors: (number | null)[];
  private readonly second: string | undefined;

  constructor(readonly scene: Scene, readonly lines: Line[], readonly view: View, readonly isSmall: boolean) {
    this.slots = inOrder(scene, view.x);
    this.xs = this.slots.map(slot => xOf(scene, slot, view.x));
    this.order = new Int32Array(this.slots.length);
    this.slots.forEach((slot, i) => { this.order[slot] = i; });
    this.places = new Map(lines.map((line, i) => [line, i]));
    this.bases = lines.map(line => baseOf(line, this.slots, view));
    const isRelative = this.isRelative = view.y === "first" || view.y === "reference";
    // As on the server: the second measure has a separate axis; further measures share the first axis.
    this.second = [...new Set(lines.map(line => line.measure))][1];
    this.sides = isRelative ? [lines] : [lines.filter(line => this.second !== line.measure), lines.filter(line => this.second === line.measure)].filter(side => side.length > 0);
    // The legend's units. A small multiple chooses its own units if its values would be unreadable in the legend's.
    this.scales = this.sides.map(side => isSmall ? fitting(side[0].scale, side[0].units, middle(side)) : side[0].scale);
    this.factors = lines.map((line, i) => isRelative ? this.bases[i] : this.scales[this.sideOf(line)].factor);
    this.columns = lines.map(line => this.columnOf(line, slot => line.value(slot)));
    this.limits = view.limits && lines.length <= 2 && !isRelative
      ? lines.flatMap(line => [this.columnOf(line, slot => line.lower(slot)), this.columnOf(line, slot => line.upper(slot))]) : [];
    this.isLog = this.sides.map(side => this.isLogOf(side));
  }

  has(line: Line): boolean { return this.places.has(line); }

  placeOf(line: Line): number { return this.places.get(line)!; }

  /** The key of the line's y axis. */
  axisOf(line: Line): "y" | "y2" { return this.sideOf(line) === 1 ? "y2" : "y"; }

  /** The divisor of the line's values; null when the values are absolute. */
  baseOf(line: Line): number | null { return this.isRelative ? this.bases[this.placeOf(line)] : null; }

  shownAs(line: Line, value: number): number | null { return this.scaled(value, this.factors[this.placeOf(line)]); }

  private sideOf(line: Line): number { return this.sides.length > 1 && this.second === line.measure ? 1 : 0; }

  private scaled(value: number | null, factor: number | null): number | null {
    return value === null || factor === null ? null : this.isRelative ? value / factor - 1 : value / factor;
  }

  private columnOf(line: Line, read: (slot: number) => number | null): Column {
    const factor = this.factors[this.placeOf(line)];
    return this.slots.map(slot => this.scaled(read(slot), factor));
  }

  private isLogOf(side: Line[]): boolean {
    let [least, most] = [Infinity, -Infinity];
    for (const line of side) for (const value of this.columns[this.placeOf(line)]) {
      if (value === null) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    return !this.isRelative && least > 0 && (this.view.y === "log" || (this.view.y === "auto" && most >= 10 * least));
  }
}
