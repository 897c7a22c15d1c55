// The box beside the cursor: the facts of a value, or the events of a mark.
import type { Place } from "./chart";
import { metricOf, slotName, type Line, type PlotEvent, type Scene } from "./data";
import { element } from "./elements";
import { percent, print, time } from "./units";

export class Facts {
  readonly box = element("div", { class: "facts-of-point", hidden: "" });

  /** @param canvas The element that contains the plots. */
  constructor(private readonly scene: Scene, private readonly canvas: HTMLElement) {}

  hide(): void { this.box.hidden = true; }

  /**
   * @param before The slot of the value before; null if there is none.
   * @param refer Takes the slot as the reference of percent.
   */
  showValue(line: Line, slot: number, before: number | null, isPinned: boolean, place: Place, refer: () => void): void {
    const { box } = this;
    box.replaceChildren(...this.valueFacts(line, slot, before, isPinned ? refer : null));
    box.hidden = false;
    box.classList.toggle("pinned", isPinned);
    const { top, left, isRight } = place;
    box.style.top = `${top}px`;
    box.classList.toggle("to-left", isRight && left === null);
    box.style.right = left === null ? "" : "auto";
    // On the side of the pointer that has room.
    const [across, room] = left === null ? [0, 0] : [box.offsetWidth, this.canvas.clientWidth];
    box.style.left = left === null ? "" : `${left + 16 + across <= room ? left + 16 : Math.max(0, left - 16 - across)}px`;
  }

  /** @param isApart True when the plot is split. */
  showEvents(events: PlotEvent[], mark: HTMLElement | null, isPinned: boolean, isApart: boolean): void {
    const { box } = this;
    box.replaceChildren(...events.map(event => element("span", { class: "event" }, element("span", { class: "when" }, time(event.time)), " ",
      event.address === null ? event.text : element("a", { href: event.address }, event.text))));
    box.hidden = false;
    box.classList.toggle("pinned", isPinned);
    const [inner, outer] = [mark?.getBoundingClientRect(), this.canvas.getBoundingClientRect()];
    box.classList.toggle("to-left", inner !== undefined && inner.left - outer.left > outer.width / 2);
    [box.style.top, box.style.left, box.style.right] = [`${inner && isApart ? inner.top - outer.top : 18}px`, "", ""];
  }

  private valueFacts(line: Line, slot: number, before: number | null, refer: (() => void) | null): Node[] {
    const { reports, slots, machines } = this.scene;
    const report = slots[slot].report;
    const value = line.value(slot)!;
    const [subject, author] = [reports.subject?.[report], reports.author?.[report]];
    const facts: Node[] = [
      element("strong", {}, print(value, line)), element("span", {}, line.name), element("span", {}, slotName(this.scene, slot)),
    ];
    if (subject || author) facts.push(element("span", { class: "commit-words" }, [subject, author && `by ${author}`].filter(Boolean).join(" ")));
    if (before !== null) facts.push(element("span", {}, `${percent(value / line.value(before)! - 1)} since the value before`));
    const [lower, upper] = [line.lower(slot), line.upper(slot)];
    if (lower !== null || upper !== null)
      facts.push(element("span", {}, `limits ${lower === null ? "" : print(lower, line)} – ${upper === null ? "" : print(upper, line)}`));
    const machine = machines.get(report);
    if (machine) facts.push(element("span", { class: "machine" }, `◆ Another machine: ${machine}`));
    const links = this.valueLinks(line, slot);
    if (refer) links.push(element("button", { type: "button", class: "linkish", click: () => refer() }, "Take as reference"));
    facts.push(element("span", { class: "point-links" }, ...links.flatMap((link, i) => i > 0 ? [" · ", link] : [link])));
    return facts;
  }

  private valueLinks(line: Line, slot: number): HTMLElement[] {
    const { settings, reports, slots } = this.scene;
    const report = slots[slot].report;
    const [hash, alert] = [reports.hash[report], line.alerts.get(slot)];
    const links: HTMLElement[] = [element("a", { href: settings.reports + reports.uuid[report] }, "Report"), element("a", { href: settings.metrics + metricOf(this.scene, line, slot) }, "Metric")];
    if (hash && settings.commits) links.push(element("a", { href: settings.commits + hash }, `Commit ${hash.slice(0, 10)}`));
    if (alert) links.push(element("a", { href: settings.alerts + alert.uuid, class: "alert" }, `${alert.limit === "upper" ? "▲ above" : "▼ below"} limit, ${alert.status}`));
    for (const change of line.changes.filter(one => reports.version[report] === one.number)) links.push(element("a", { href: change.address }, `${change.verdict} from here${change.branch === line.branch ? "" : ` on ${change.branch}`}, ${change.state}`));
    for (const [change, end] of line.ends) if (end === slot) links.push(element("a", { href: change.address }, "↩ returned here"));
    return links;
  }
}
