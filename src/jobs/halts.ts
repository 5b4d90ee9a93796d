import { MINUTE, type Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';

/** What a halt stops: everything (`all`), or one template in one language. */
export type HaltScope = 'all' | `template:${string}`;

export function templateScope(template: { readonly name: string; readonly language: string }): HaltScope {
  return `template:${template.name}/${template.language}`;
}

export interface Halt {
  /** Milliseconds: then one message tries again. */
  readonly until: number;
  readonly reason: string;
}

export interface Halts {
  /** The halt that stops a message now, or null. */
  current(scope: HaltScope): Halt | null;
  /** A message that nothing stops is about to go: where a halt's time is over, it finds out for the others, and they wait for it. */
  enter(scope: HaltScope): void;
  /** Stops a scope, and says so once, however many messages run into it. */
  halt(scope: HaltScope, halt: Halt): void;
  /** A shorter stop that needs nobody to mend anything: Meta asked to slow down. */
  pause(scope: HaltScope, until: number): void;
  /** Meta answered, whatever it said. */
  answered(): void;
  /** A POST got no clear answer, and its message is lost. After a few in a row everything stops until `until`, and one finds out. */
  unanswered(until: number): void;
  /** A message went through: a halt whose time is over is lifted. What was on its way when the halt came proves nothing. */
  lift(scope: HaltScope): void;
  /** The configuration is new: whatever stopped a scope may be mended. */
  liftAll(): void;
}

interface Entry extends Halt {
  readonly kind: 'halt' | 'pause' | 'finding out';
}

/** Something between here and Meta is out, and each further message would be lost in it. */
const UNANSWERED_IN_A_ROW = 5;

/** How long the others wait for the one that finds out. */
const FIND_OUT_MS = MINUTE;

/**
 * After a refusal that concerns the account, the number or a template, the other messages need not run into it one by one: they wait, and
 * when the time is over one of them finds out whether it still holds. Kept in memory: after a restart the first message finds out again.
 */
export function createHalts(clock: Clock, logger: Logger): Halts {
  const halts = new Map<HaltScope, Entry>();
  const said = new Map<HaltScope, string>();
  let unanswered = 0;
  const stop = (scope: HaltScope, halt: Halt) => {
    halts.set(scope, { ...halt, kind: 'halt' });
    if (said.get(scope) === halt.reason) return;
    said.set(scope, halt.reason);
    logger.error('Sending is halted; the messages wait', { scope, reason: halt.reason });
  };
  const remove = (scope: HaltScope) => {
    halts.delete(scope);
    if (said.delete(scope)) logger.info('Sending goes on', { scope });
  };
  return {
    current: (scope) => {
      const halt = halts.get(scope);
      return halt !== undefined && halt.until > clock.now() ? halt : null;
    },
    enter: (scope) => {
      const over = halts.get(scope);
      if (over !== undefined && over.kind !== 'pause')
        halts.set(scope, { ...over, kind: 'finding out', until: clock.now() + FIND_OUT_MS });
    },
    halt: stop,
    answered: () => {
      unanswered = 0;
    },
    unanswered: (until) => {
      unanswered += 1;
      if (unanswered >= UNANSWERED_IN_A_ROW) stop('all', { until, reason: 'WhatsApp gives no clear answers' });
    },
    pause: (scope, until) => {
      if ((halts.get(scope)?.until ?? 0) >= until) return;
      halts.set(scope, { until, reason: 'WhatsApp asked to slow down', kind: 'pause' });
    },
    lift: (scope) => {
      const halt = halts.get(scope);
      if (halt !== undefined && (halt.kind === 'finding out' || halt.until <= clock.now())) remove(scope);
    },
    liftAll: () => {
      for (const scope of [...halts.keys()]) remove(scope);
    },
  };
}
