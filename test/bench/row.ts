/** What one benchmark found. Seconds are of the wall clock unless they say otherwise; a megabyte is 2^20 bytes. */
export interface Row {
  readonly name: string;
  /** Of `ours` and `bare`. */
  readonly unit: string;
  /** Medians. */
  readonly ours: number;
  readonly bare: number;
  readonly ratio: number;
  readonly goal: string;
  readonly met: boolean;
  readonly runs: { readonly ours: readonly number[]; readonly bare: readonly number[] };
  readonly details: Details;
}

export interface Goal {
  readonly text: string;
  readonly measured: number;
  readonly met: boolean;
}

export interface Details {
  /** The processor time of our process, the largest of its runs, and how much memory it held at most. */
  readonly cpu_seconds: number;
  readonly peak_mb: number;
  readonly goals: readonly Goal[];
  readonly [more: string]: unknown;
}

export interface Bench {
  readonly name: string;
  /** One line for --help. */
  readonly about: string;
  readonly run: (options: BenchOptions) => Promise<Row>;
}

export interface BenchOptions {
  /** 1, or a tenth with --quick. */
  readonly scale: number;
  /** Says what is under way. */
  readonly say: (text: string) => void;
}

type Parts = Pick<Row, 'name' | 'unit' | 'runs'> & { readonly details: Details };

export function makeRow({ name, unit, runs, details }: Parts): Row {
  const ours = median(runs.ours);
  const bare = median(runs.bare);
  const goal = details.goals.map(({ text }) => text).join(', ');
  const met = details.goals.every((each) => each.met);
  return { name, unit, ours, bare, ratio: ours / bare, goal, met, runs, details };
}

export function below(text: string, measured: number, limit: number): Goal {
  return { text, measured, met: measured < limit };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
