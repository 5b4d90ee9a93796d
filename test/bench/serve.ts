import { performance } from 'node:perf_hooks';
import type { Answer, Measurement, Question } from './measured.js';

export interface Work {
  run(): Promise<unknown>;
  close(): Promise<void>;
}

/** The child's side of measured.ts: only `run` is measured. */
export function serve(prepare: (input: never) => Promise<Work>): void {
  let work: Work | undefined;
  const answerTo = async (question: Question): Promise<unknown> => {
    if (question.kind === 'prepare') work = await prepare(question.input as never);
    else if (question.kind === 'run') return await measure(async () => await work?.run());
    else await work?.close();
    return null;
  };
  process.on('message', (question: Question) => {
    answerTo(question).then(
      (value) => {
        send({ kind: 'done', value });
      },
      (error: unknown) => {
        send({ kind: 'failed', error: error instanceof Error ? (error.stack ?? '') : String(error) });
      },
    );
  });
}

async function measure(run: () => Promise<unknown>): Promise<Measurement<unknown>> {
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const result = await run();
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { seconds, cpuSeconds: (user + system) / 1e6, peakMb: process.resourceUsage().maxRSS / 1_024, result };
}

function send(answer: Answer): void {
  process.send?.(answer);
}
