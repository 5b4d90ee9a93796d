import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DatabaseOptions } from '../../src/db/session.js';
import { DAY, systemClock } from '../../src/lib/clock.js';
import { sandboxConfiguration } from '../../src/sandbox/configuration.js';
import { createPretendShop, type PretendShop } from '../../src/sandbox/shop/pretend-shop.js';
import { createPretendWhatsApp, type PretendWhatsApp } from '../../src/sandbox/whatsapp/pretend-whatsapp.js';
import { builtProgram } from '../support/program.js';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the first line of the log, of the past too, whose message begins so; rejects when the program ends without. */
  logged(message: string): Promise<Record<string, unknown>>;
  /** Resolves when this stands on standard error. */
  said(text: string): Promise<void>;
}

type Changes = Readonly<Record<string, object>>;

export interface CliWorld {
  readonly shop: PretendShop;
  readonly whatsapp: PretendWhatsApp;
  /** The content of the configuration file, with sections changed. */
  settings(changes?: Changes): Record<string, object>;
  /** Writes a file and returns its path; what is no text as JSON. */
  write(name: string, content: unknown): string;
  /** Puts another content in the place of a file, in one step as an editor does. */
  rewrite(path: string, content: unknown): void;
  /** A file with the settings. */
  config(changes?: Changes): string;
  /** Runs the program to its end. */
  run(config: string, ...args: string[]): Promise<Ended>;
  start(config: string, ...nodeOptions: string[]): Running;
  /** Any command, while it runs. */
  launch(config: string, ...args: string[]): Running;
  /** A customer who bought `daysAgo` and ticked the box. */
  order(phone: string, daysAgo: number): void;
  readonly product: number;
}

/** Everything that the program has written in a describe, and what may not stand in it. */
export interface Written {
  readonly text: string;
  readonly secrets: readonly string[];
}

/** Pretend servers and a folder of files for a describe, and the program in child processes. */
export function useCli(database: () => DatabaseOptions): (() => CliWorld) & { readonly written: () => Written } {
  let world: CliWorld | undefined;
  let outputs: string[] = [];
  let secrets: string[] = [];
  const children = new Set<ChildProcess>();

  before(async function () {
    this.timeout(180_000);
    const main = await builtProgram();
    const shop = await createPretendShop({ timezoneString: 'Europe/Madrid' });
    const whatsapp = await createPretendWhatsApp();
    const folder = mkdtempSync(join(tmpdir(), 'reengaged-cli-'));
    const product = shop.addProduct({
      name: 'Plain cup',
      price: '10.00',
      categories: [shop.addCategory('Cups')],
      createdAt: systemClock.now() - 400 * DAY,
    });
    outputs = [];
    secrets = [shop.consumerKey, shop.consumerSecret, whatsapp.accessToken, database().password];

    const launch = (args: readonly string[], nodeOptions: readonly string[] = []): Running => {
      const child = spawn(process.execPath, [...nodeOptions, main, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.add(child);
      return follow(child, outputs);
    };
    let files = 0;
    const settings = (changes: Changes = {}) => settingsOf(shop, whatsapp, database(), changes);
    const write = (name: string, content: unknown) => {
      const path = join(folder, name);
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    };
    world = {
      shop,
      whatsapp,
      product,
      settings,
      write,
      rewrite: (path, content) => {
        renameSync(write('new.json', content), path);
      },
      config: (changes) => write(`config-${(files += 1)}.json`, settings(changes)),
      run: (config, ...args) => launch([...args, '--config', config]).ended,
      launch: (config, ...args) => launch([...args, '--config', config]),
      start: (config, ...nodeOptions) => launch(['start', '--config', config], nodeOptions),
      order: (phone, daysAgo) => {
        shop.placeOrder({
          billing: { first_name: 'Ana', phone, email: `c${phone.slice(-3)}@shop.example`, country: 'ES' },
          items: [{ productId: product }],
          status: 'completed',
          createdAt: systemClock.now() - daysAgo * DAY,
          meta: [{ key: '_wa_consent', value: 'yes' }],
        });
      },
    };
    after(() => {
      rmSync(folder, { recursive: true, force: true });
    });
  });

  after(async () => {
    for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await world?.shop.close();
    await world?.whatsapp.close();
    world = undefined;
  });

  return Object.assign(
    () => {
      if (world === undefined) throw new Error('Only from inside a test or a hook.');
      return world;
    },
    { written: () => ({ text: outputs.join(''), secrets }) },
  );
}

function follow(child: ChildProcess, outputs: string[]): Running {
  const text = { out: '', err: '' };
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  for (const name of ['out', 'err'] as const)
    child[`std${name}`]!.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      outputs.push(chunk);
    });
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (line.startsWith('{"')) lines.push(JSON.parse(line) as Record<string, unknown>);
    for (const look of waiting) look();
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...text }));
  return {
    child,
    ended,
    said: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (text.err.includes(wanted)) resolve();
        };
        child.stderr!.on('data', look);
        look();
        void ended.then(({ out, err }) => {
          reject(new Error(`The program ended without saying "${wanted}":\n${out}${err}`));
        });
      }),
    logged: (message) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find((line) => String(line['message']).startsWith(message));
          if (found !== undefined) {
            waiting.delete(look);
            resolve(found);
          }
        };
        waiting.add(look);
        look();
        void ended.then(({ out, err }) => {
          reject(new Error(`The program ended without the line "${message}":\n${out}${err}`));
        });
      }),
  };
}

function settingsOf(shop: PretendShop, whatsapp: PretendWhatsApp, database: DatabaseOptions, changes: Changes) {
  const base: Record<string, object> = sandboxConfiguration(shop, whatsapp, database);
  // The tests run at any hour.
  const anyHour = {
    ...base,
    reengagement: { ...base['reengagement'], quiet_hours: { from: '00:00', until: '00:00' } },
  };
  return Object.entries(changes).reduce<Record<string, object>>(
    (all, [section, values]) => ({ ...all, [section]: { ...all[section], ...values } }),
    anyHour,
  );
}

/** A port of this machine that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What may be a whole phone number; a message id has digits too, and a time in milliseconds. */
export function wholePhones(text: string): string[] {
  return text.replaceAll(/wamid\.[\w+/=-]+/g, '').match(/\+?(?:34|1)\d{9,10}(?!\d)/g) ?? [];
}
