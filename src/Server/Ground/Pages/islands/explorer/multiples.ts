// Small multiples: a plot for each line, benchmark, branch and so on, with a common x axis. Each plot is drawn when it is scrolled to.
import { draw, type Chart, type OneChart } from "./chart";
import { middle, type Line, type Scene } from "./data";
import type { OnEvents } from "./events";
import { inOrder, xOf, type Split, type View } from "./view";
import { fitting, percent, print } from "./units";

const height = 150;

interface Tile { top: number; left: number; isRight: boolean; said: HTMLElement; box: HTMLElement; stage: HTMLElement; lines: Line[]; chart: OneChart | null; near: Line | null }

/** The possible splits: by line, and by each part that some but not all lines share. */
export function splits(lines: Line[]): [Split, string][] {
  const parts = (["branch", "testbed", "benchmark", "measure"] as const).filter(part => {
    const count = new Set(lines.map(line => line[part])).size;
    return count > 1 && count < lines.length;
  });
  return [["", "all in one"], ["line", "one each"], ...parts.map((part): [Split, string] => [part, `one for each ${part}`])];
}

/** @param choose Called with the lines of a plot whose heading was clicked. */
export function drawApart(
  root: HTMLElement, scene: Scene, lines: Line[], view: View, looked: () => Line | null, onPoint: (at: number | null, line: Line | null) => void,
  choose: (lines: Line[]) => void, onZoom: () => void, onEvents: OnEvents): Chart {
  const slots = inOrder(scene, view.x);
  const xs = slots.map(slot => xOf(scene, slot, view.x));
  let [min, max] = [xs[0], xs[xs.length - 1]];
  const [first, last] = [min, max];
  const stop = new AbortController();
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const key = view.split === "" || view.split === "line" ? String(line.index) : line[view.split];
    groups.set(key, [...groups.get(key) ?? [], line]);
  }
  const grid = document.createElement("div");
  grid.className = "multiples";
  let active: Tile | null = null;
  // Reads the position once instead of on each pointer move, because reading it forces a layout.
  const activate = (tile: Tile) => {
    active = tile;
    tile.top = tile.box.offsetTop;
    tile.left = tile.box.offsetLeft;
    tile.isRight = tile.box.offsetLeft + tile.box.offsetWidth / 2 > grid.clientWidth / 2;
  };
  const tiles = [...groups].map(([key, own]): Tile => {
    const [box, head, name, said, stage] = ["div", "p", "span", "span", "div"].map(tag => document.createElement(tag));
    [box.className, head.className, name.className, said.className, stage.className] = ["tile", "tile-head", "tile-name", "value", "tile-stage"];
    name.textContent = own.length === 1 ? own[0].name : key;
    head.title = "Show this alone";
    head.append(name, said);
    box.append(head, stage);
    box.hidden = own.every(line => line.isHidden);
    const tile: Tile = { top: 0, left: 0, isRight: false, said, box, stage, lines: own, chart: null, near: own.length === 1 ? own[0] : null };
    head.addEventListener("click", () => choose(own), { signal: stop.signal });
    say(tile);
    box.addEventListener("pointerenter", () => activate(tile), { signal: stop.signal });
    box.addEventListener("mouseleave", () => { if (tile === active) onPoint(null, null); }, { signal: stop.signal });
    return tile;
  });
  grid.append(...tiles.map(tile => tile.box));
  root.append(grid);

  function say(tile: Tile): void {
    tile.said.textContent = tile.lines.length === 1 ? summary(tile.lines[0]) : `${tile.lines.length} lines`;
    tile.said.title = "The newest value that is seen, and how it differs from the first one";
  }

  // The newest visible value, and its difference from the first visible value.
  function summary(line: Line): string {
    const own = slots.filter((slot, i) => line.has(slot) && xs[i] >= min && xs[i] <= max);
    if (own.length === 0) return "";
    const [oldest, newest] = [line.value(own[0])!, line.value(own[own.length - 1])!];
    const scale = fitting(line.scale, line.units, middle([line]));
    return print(newest, { scale, units: line.units }) + (own.length > 1 && oldest !== 0 ? `, ${percent(newest / oldest - 1)}` : "");
  }
  const live = () => tiles.filter(tile => tile.chart);
  const build = (tile: Tile) => {
    if (tile.chart || tile.box.hidden) return;
    tile.chart = draw(tile.stage, scene, tile.lines, view, looked, {
      focus: root, height, isSmall: true, onEvents,
      onPoint: (at, line, left) => {
        if (tile !== active) return;
        tile.near = line ?? tile.near;
        onPoint(at, at === null ? null : tile.near);
        for (const other of live()) if (other !== tile) other.chart!.cursorAt(left);
      },
      onZoom: (from, to) => {
        if (from === min && to === max) return;
        [min, max] = [from, to];
        tiles.forEach(say);
        onZoom();
        for (const other of live()) if (other !== tile) other.chart!.zoomTo(min, max);
      },
    });
    if (min !== first || max !== last) tile.chart.zoomTo(min, max);
  };
  const drop = (tile: Tile) => {
    tile.chart?.destroy();
    tile.chart = null;
  };
  const seen = new IntersectionObserver(entries => {
    for (const entry of entries) {
      const tile = tiles.find(one => one.box === entry.target)!;
      if (entry.isIntersecting) build(tile);
      else drop(tile);
    }
  }, { rootMargin: "200px" });
  for (const tile of tiles) seen.observe(tile.box);
  const tileOf = (line: Line) => tiles.find(tile => tile.lines.includes(line))!;
  // Zooming this chart zooms all. Undefined before any chart is drawn.
  const one = () => (active?.chart ?? live()[0]?.chart) as OneChart | undefined;

  return {
    slots,
    baseOf: line => tileOf(line).chart?.baseOf(line) ?? null,
    show: line => {
      const tile = tileOf(line);
      tile.chart?.show(line);
      tile.box.hidden = tile.lines.every(other => other.isHidden);
    },
    look: line => { for (const tile of live()) tile.chart!.look(line); },
    mark: () => { for (const tile of live()) tile.chart!.mark(); },
    point: (line, at) => {
      const tile = tileOf(line);
      tile.near = line;
      build(tile);
      tile.box.scrollIntoView({ block: "nearest" });
      activate(tile);
      tile.chart?.point(line, at);
    },
    place: () => ({ top: (active?.top ?? 0) + 26, isRight: active?.isRight ?? false, left: (active?.left ?? 0) + (active?.chart?.place().left ?? 0) }),
    range: () => min <= first && max >= last ? null : [min, max],
    seen: () => min <= first && max >= last ? null : slots.filter((_, i) => xs[i] >= min && xs[i] <= max),
    zoomTo: (from, to) => {
      if (from === min && to === max) return;
      [min, max] = [from, to];
      tiles.forEach(say);
      onZoom();
      for (const tile of live()) tile.chart!.zoomTo(min, max);
    },
    zoom: (factor, at) => one()?.zoom(factor, at),
    pan: part => one()?.pan(part),
    reset: () => one()?.reset(),
    complete: () => tiles.forEach(build),
    destroy: () => {
      stop.abort();
      seen.disconnect();
      tiles.forEach(drop);
      grid.remove();
    },
  };
}
