import { runCommandLine } from '../../src/cli/program.js';
import { processTerminal } from '../../src/cli/terminal.js';
import { systemClock } from '../../src/lib/clock.js';
import type { DatabaseOptions } from '../../src/db/session.js';

export interface Hidden {
  readonly secrets: readonly string[];
  /** E.164 with plus. */
  readonly phones: readonly string[];
}

/** What is secret in a world; its shop's two keys in the forms in which requests carry them too. */
export function secretsOf(
  shop: { readonly consumerKey: string; readonly consumerSecret: string },
  whatsapp: { readonly accessToken: string; readonly appSecret: string },
  database: Pick<DatabaseOptions, 'password'>,
): string[] {
  return [shop.consumerKey, shop.consumerSecret, whatsapp.accessToken, whatsapp.appSecret, database.password];
}

/**
 * Which secrets and phones stand in a text, however they are written: plain, in a URL, in JSON, and inside anything that is base64, as a
 * message id and a header of basic authentication are. Each is named with what stands around it.
 */
export function leaksIn(text: string, { secrets, phones }: Hidden): string[] {
  const layers = [text, ...decoded(text)];
  const patterns = [...secrets.flatMap(formsOfSecret), ...phones.flatMap(formsOfPhone)];
  return layers.flatMap((layer) =>
    patterns.flatMap((pattern) => {
      const found = pattern.exec(layer);
      if (found === null) return [];
      return [
        `${found[0]} in: ${layer.slice(Math.max(0, found.index - 200), found.index + 80).replaceAll('\n', ' | ')}`,
      ];
    }),
  );
}

function formsOfSecret(secret: string): RegExp[] {
  const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  return [...new Set(forms)].map((form) => new RegExp(form.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')));
}

/** With and without its plus, with zeros for it, and as it is dialled at home; with the separators that people write. */
function formsOfPhone(phone: string): RegExp[] {
  const national = phone.slice(phone.startsWith('+1') ? 2 : 3);
  return [new RegExp(national.replaceAll(/\d(?=\d)/g, '$&[ ().\\-/\\u00a0]{0,2}'))];
}

function decoded(text: string): string[] {
  return (text.match(/[A-Za-z0-9+/_-]{12,}/g) ?? []).flatMap((run) =>
    // It may stand behind a few letters that are no part of it.
    [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64').toString('latin1')),
  );
}

/** Runs a command in this process with the real terminal, and resolves with everything it wrote, on both streams, the log too. */
export async function everythingWritten(args: readonly string[]): Promise<string> {
  const events = [process.stdout, process.stderr, process] as NodeJS.EventEmitter[];
  const listeners = events.map(
    (emitter) => new Map(emitter.eventNames().map((name) => [name, emitter.listeners(name)])),
  );
  let text = '';
  const released = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    stream.write = (chunk: Uint8Array | string, ...rest: unknown[]) => {
      text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      const done = rest.find((each) => typeof each === 'function');
      if (done !== undefined) queueMicrotask(done as () => void);
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  const before = process.exitCode;
  try {
    await runCommandLine(args, { terminal: processTerminal(), clock: systemClock });
  } finally {
    process.exitCode = before;
    for (const release of released) release();
    for (const [index, emitter] of events.entries())
      for (const name of ['error', 'uncaughtException'])
        for (const listener of emitter.listeners(name))
          if (listeners[index]?.get(name)?.includes(listener) !== true)
            emitter.off(name, listener as (...all: unknown[]) => void);
  }
  return text;
}
