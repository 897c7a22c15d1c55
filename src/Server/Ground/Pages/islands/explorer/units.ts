// Formats numbers for people, with the server's scales for the units of the measure.

export interface Scale { factor: number; symbol: string }

const steps: Record<string, [number, string][]> = {
  "nanoseconds (ns)": [[1, "ns"], [1e3, "µs"], [1e6, "ms"], [1e9, "s"], [6e10, "min"], [3.6e12, "h"]],
  "seconds (s)": [[1, "s"], [60, "min"], [3600, "h"]],
  "bytes (B)": [[1, "B"], [1e3, "KB"], [1e6, "MB"], [1e9, "GB"], [1e12, "TB"]],
};
const powers: [number, string][] = [[1, ""], [1e3, "x 1e3"], [1e6, "x 1e6"], [1e9, "x 1e9"], [1e12, "x 1e12"]];

function symbolOf(units: string): string {
  return /\(([^()]*)\)$/.exec(units)?.[1] ?? units;
}

/** The largest units in which a number is still at least 1. */
export function scaleOf(units: string, number: number): Scale {
  const known = steps[units];
  const fits = (known ?? powers).filter(([factor]) => number >= factor);
  const [factor, name] = fits[fits.length - 1] ?? (known ?? powers)[0];
  return { factor, symbol: known ? name : `${symbolOf(units)} ${name}`.trim() };
}

const two = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const few = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

/** The common scale if the number is readable in it, or else the number's own scale. */
export function fitting(common: Scale, units: string, number: number): Scale {
  const size = Math.abs(number) / common.factor;
  return size === 0 || (size >= 0.01 && size < 1e5) ? common : scaleOf(units, Math.abs(number));
}

/** Formats a value in the units of the line's other values. */
export function print(value: number, line: { scale: Scale; units: string }): string {
  const scale = fitting(line.scale, line.units, value);
  const scaled = value / scale.factor;
  return `${scaled !== 0 && Math.abs(scaled) < 1 ? few.format(scaled) : two.format(scaled)} ${scale.symbol}`.trim();
}

export function percent(relative: number): string {
  const value = relative * 100;
  const digits = Math.abs(value) >= 9.95 ? 0 : Math.abs(value) >= 0.0995 ? 1 : 3;
  return `${value > 0 ? "+" : ""}${Number(value.toFixed(digits))} %`;
}

export function tick(value: number): string {
  return few.format(value);
}

export function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}
