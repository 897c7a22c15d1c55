// The colors of a chart: the page's palette, and which lines are grey.
import type { Line } from "./data";

/** With more lines than this, all lines but the selected one are grey. */
export const greyFrom = 12;

export interface Palette { text: string; muted: string; grid: string; grey: string; bad: string; good: string; paper: string }

function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return { text: read("--text"), muted: read("--muted"), grid: read("--line"), grey: read("--room"), bad: read("--bad"), good: read("--good"), paper: read("--paper") };
}

export class Colors {
  palette: Palette;
  /** True when so many lines are drawn that the selected one is drawn on a layer above, so that moving the pointer does not redraw all lines. */
  readonly isMany: boolean;

  /** @param looked The selected line. */
  constructor(private readonly root: HTMLElement, private readonly lines: Line[], readonly looked: () => Line | null) {
    this.palette = paletteOf(root);
    this.isMany = lines.length > greyFrom;
  }

  /** Reads the palette again, after the page's color scheme has changed. */
  reread(): void { this.palette = paletteOf(this.root); }

  get isGrey(): boolean { return this.isMany && this.lines.filter(line => !line.isHidden).length > greyFrom; }

  strokeOf(line: Line): string {
    if (this.isGrey) return this.palette.grey;
    const current = this.looked();
    return current && !this.isMany && this.lines.includes(current) && current !== line ? this.palette.grey : line.color;
  }
}
