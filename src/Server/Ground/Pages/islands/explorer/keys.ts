// The keys of the plot: the dialog that lists them, and which value, line, alert or event comes next.
import { element } from "./elements";
import type { Line, PlotEvent, Scene } from "./data";
import { slotOf } from "./view";

export function keysDialog(): HTMLDialogElement {
  const keys: [string, string][] = [
    ["← →", "value before, value after"], ["↑ ↓", "line above, line below"], ["Page Up, Page Down", "ten values"], ["Home, End", "first value, newest value"], ["+ −", "zoom"],
    ["Shift ← →", "pan"], ["0", "reset the zoom: the whole range"], ["a", "next alert"], ["e", "next event"], ["r", "take this value as the reference of percent"], ["h", "hide this line"], ["o", "only this line"], ["Enter", "open the metric"], ["t", "go to the table"],
    ["Drag, wheel, pinch", "zoom; the wheel once the plot was clicked, or with Ctrl"], ["Double click", "reset the zoom: the whole range"]];
  return element("dialog", { class: "keys", "aria-label": "Keys of the plot" },
    element("h2", {}, "Keys of the plot"), element("dl", {}, ...keys.flatMap(([key, what]) => [element("dt", {}, key), element("dd", {}, what)])),
    element("form", { method: "dialog" }, element("button", { class: "button" }, "Close")));
}

/** The slot of the line's nearest value on one side of a position; null if there is none. */
export function neighbor(line: Line, slots: number[], at: number, step: 1 | -1): number | null {
  for (let i = at + step; i >= 0 && i < slots.length; i += step) if (line.has(slots[i])) return slots[i];
  return null;
}

/** The position of the line's value that is so many values after the cursor, or at the end of the line. */
export function valueAfter(line: Line, slots: number[], point: number | null, by: number): number {
  const own = slots.map((slot, i) => line.has(slot) ? i : -1).filter(i => i >= 0);
  const now = point === null ? (by > 0 ? -1 : own.length) : own.findIndex(i => i >= point);
  return own[Math.min(Math.max((now < 0 && point !== null ? own.length : now) + by, 0), own.length - 1)];
}

/** The position of the line's value that is nearest to a position. */
export function nearest(line: Line, slots: number[], at: number): number {
  for (let far = 0; far < slots.length; far++) {
    const side = [at - far, at + far].find(i => i >= 0 && i < slots.length && line.has(slots[i]));
    if (side !== undefined) return side;
  }
  return at;
}

/** The next alert of a visible line after the cursor, or else from the start. */
export function nextAlert(lines: Line[], slots: number[], point: number | null): { line: Line; at: number } | null {
  for (let step = 1; step <= slots.length; step++) {
    const at = ((point ?? -1) + step) % slots.length;
    const line = lines.find(one => !one.isHidden && one.alerts.has(slots[at]));
    if (line) return { line, at };
  }
  return null;
}

/** The index of the event after the last one shown, or else of the first event after the cursor. */
export function nextEvent(scene: Scene, events: PlotEvent[], last: PlotEvent | null, slots: number[], point: number | null): number {
  const after = last === null ? -1 : events.indexOf(last);
  const now = point === null ? -1 : slotOf(scene, slots, { time: scene.reports.start_time[scene.slots[slots[point]].report], kind: "", text: "", address: null });
  return after >= 0 ? (after + 1) % events.length : Math.max(0, events.findIndex(event => slotOf(scene, slots, event) >= now));
}
