import { runCommandLine } from '../../src/cli/program.js';
import { processTerminal } from '../../src/cli/terminal.js';
import { systemClock } from '../../src/lib/clock.js';
import type { HttpAnswer } from '../../src/sandbox/http-faults.js';
import { jsonAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import type { DatabaseOptions } from '../../src/db/session.js';

/** No two share a national number with anything else that is written. */
export const phones = Array.from({ length: 80 }, (_, index) => `+346557${String(31_000 + index * 7)}`);
export const [ANA = '', EVA = '', LUZ = '', MAR = '', PAU = ''] = phones;
export const US = '+14155550173';
export const ALL_PHONES = [...phones, US];

export const JSON_200 = (body: unknown): HttpAnswer =>
  jsonAnswer(body, 200, { 'x-wp-total': '2', 'x-wp-totalpages': '1' });
/** Orders that are none, with phones wherever a shop or a plugin may put one. */
export const oddOrders = (phone: string) => {
  const row = { id: 7_000, status: 'completed', date_created_gmt: '2026-02-01T10:00:00', billing: { phone } };
  return JSON_200([
    { ...row, currency: phone, total: phone },
    { ...row, id: 7_001, currency: 'EUR', total: `call ${phone}`, billing: { phone, first_name: phone, email: phone } },
    { ...row, id: phone, currency: 'EUR', total: '5.00' },
    { ...row, id: 7_002, status: phone, currency: phone.slice(1), total: '5.00', date_created_gmt: phone.slice(1) },
    { ...row, id: 7_003, currency: 'EUR', total: '5.00', meta_data: [{ key: '_wa_consent', value: phone }] },
  ]);
};

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
