import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Measurement<Result> {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Since the process began. */
  readonly peakMb: number;
  readonly result: Result;
}

export interface MeasuredProcess<Result> {
  /** Does the work once more and says what that took. */
  run(): Promise<Measurement<Result>>;
  end(): Promise<void>;
}

/** Asked of the child, and its answers. */
export type Question = { readonly kind: 'prepare'; readonly input: unknown } | { readonly kind: 'run' | 'end' };
export type Answer =
  { readonly kind: 'done'; readonly value: unknown } | { readonly kind: 'failed'; readonly error: string };

/** Children run compiled, as the program does: the TypeScript loader would count as their memory. `npm run bench` compiles them. */
const COMPILED = new URL('../../dist/bench/test/bench/', import.meta.url);

/** A folder: each measured process leaves a processor profile there, and is slower for it. */
const PROFILES = process.env['REENGAGED_BENCH_PROFILES'];

/** Starts `script` (see serve.ts) in a process of its own, so that servers and generators do not count, and has it prepare. */
export async function startMeasured<Result>(script: string, input: unknown): Promise<MeasuredProcess<Result>> {
  const execArgv = PROFILES === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`];
  const child = fork(new URL(script, COMPILED), { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await ask(child, { kind: 'prepare', input });
  return {
    run: async () => (await ask(child, { kind: 'run' })) as Measurement<Result>,
    end: async () => {
      const exited = once(child, 'exit');
      await ask(child, { kind: 'end' });
      child.disconnect();
      await exited;
    },
  };
}

/** For work that one process does once. */
export async function measureOnce<Result>(script: string, input: unknown): Promise<Measurement<Result>> {
  const process = await startMeasured<Result>(script, input);
  const measurement = await process.run();
  await process.end();
  return measurement;
}

async function ask(child: ChildProcess, question: Question): Promise<unknown> {
  const over = new AbortController();
  const exited = once(child, 'exit', over).then(([code]) => {
    throw new Error(`A measured process ended with ${String(code)}`);
  });
  const answered = once(child, 'message', over);
  child.send(question);
  try {
    const [answer] = (await Promise.race([answered, exited])) as [Answer];
    if (answer.kind === 'failed') throw new Error(answer.error);
    return answer.value;
  } finally {
    over.abort();
    exited.catch(() => undefined);
    answered.catch(() => undefined);
  }
}
