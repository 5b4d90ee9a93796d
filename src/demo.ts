import { Writable } from 'node:stream';
import { createApp, type App } from './app.js';
import { configSchema } from './config/schema.js';
import { DAY, HOUR, MINUTE, SECOND, systemClock } from './lib/clock.js';
import { AppError, errorMessage } from './lib/errors.js';
import { createLifecycle, type Lifecycle } from './lib/lifecycle.js';
import { createLogger } from './lib/logger.js';
import { maskPhone } from './lib/phone.js';
import { atLocalTime } from './lib/time-zone.js';
import { sandboxConfiguration } from './sandbox/configuration.js';
import { stockShelves, type DemoCatalogue } from './sandbox/demo-catalogue.js';
import { createDice } from './sandbox/demo-dice.js';
import { liveThroughWeeks, type View } from './sandbox/demo-history.js';
import { inventPeople } from './sandbox/demo-people.js';
import { sellForYears, sellToPassersBy, type DemoCustomer } from './sandbox/demo-sales.js';
import {
  CAMPAIGN_NAMES,
  DEMO_ZONE,
  firstByPhone,
  shopTime,
  showMessage,
  showPlanned,
  showSkipped,
} from './sandbox/demo-show.js';
import { counted, createTerminal, type Terminal } from './sandbox/demo-terminal.js';
import { createDrivenClock, type DrivenClock } from './sandbox/driven-clock.js';
import { startPrivateDatabase } from './sandbox/mariadb.js';
import { createPretendShop, type PretendShop } from './sandbox/shop/pretend-shop.js';
import { createPretendWhatsApp, type PretendWhatsApp } from './sandbox/whatsapp/pretend-whatsapp.js';

/** `npm run demo`: the real daemon's parts at work for a day on a pretend shop. Everything shown is read from that run. */

const EVENING = atLocalTime('2026-03-02', '18:00', DEMO_ZONE);
const MORNING = atLocalTime('2026-03-03', '09:00', DEMO_ZONE);
const AFTERNOON = atLocalTime('2026-03-03', '14:00', DEMO_ZONE);
const CUSTOMERS = 320;

const HOOKS = {
  sync: 'reengaged_sync_shop',
  campaigns: 'wch_process_reengagement_campaigns',
  backInStock: 'wch_check_back_in_stock',
  send: 'wch_send_reengagement_message',
} as const;

interface Stage {
  readonly terminal: Terminal;
  readonly clock: DrivenClock;
  readonly shop: PretendShop;
  readonly whatsapp: PretendWhatsApp;
  readonly app: App;
  readonly catalogue: DemoCatalogue;
  readonly customers: readonly DemoCustomer[];
  /** The daemon's log, a JSON line each. */
  readonly log: readonly string[];
  /** Who has looked at what, sold out or not. */
  readonly views: readonly View[];
}

async function setStage(lifecycle: Lifecycle, terminal: Terminal, log: string[]): Promise<Stage> {
  const started = systemClock.now();
  const database = await startPrivateDatabase();
  lifecycle.add('the private database', () => database.stop());
  const took = ((systemClock.now() - started) / SECOND).toFixed(1);
  const where = database.socket === undefined ? 'on a named server' : 'in a temporary folder';
  const name = database.kind === 'mariadb' ? 'MariaDB' : 'MySQL';
  terminal.fact('Database', `${name} ${database.version.split('-')[0] ?? ''}, private, ${where} (${took} s)`);

  const clock = createDrivenClock(EVENING - 24 * DAY);
  const shop = await createPretendShop({ clock, timezoneString: DEMO_ZONE, currency: 'EUR' });
  lifecycle.add('the pretend shop', () => shop.close());
  const whatsapp = await createPretendWhatsApp({ clock });
  lifecycle.add('the pretend WhatsApp', () => whatsapp.close());
  const dice = createDice(20_260_303);
  const catalogue = stockShelves(shop, EVENING);
  const customers = sellForYears(shop, catalogue, inventPeople(dice, CUSTOMERS), dice, EVENING);
  sellToPassersBy(shop, catalogue, dice, EVENING);

  const schema = await database.createSchema(`reengaged_demo_${process.pid}`);
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      log.push(chunk.toString().trimEnd());
      done();
    },
  });
  const app = createApp({
    config: configSchema.parse(sandboxConfiguration(shop, whatsapp, schema)),
    logger: createLogger({ level: 'info', format: 'json', stream, now: () => clock.now() }),
    clock,
    randomInt: (limit) => dice.below(limit),
  });
  lifecycle.add('the daemon', () => app.stop());
  await app.migrate({ dryRun: false });
  const views = await liveThroughWeeks({ app, clock, shop, catalogue, customers, until: EVENING });
  return { terminal, clock, shop, whatsapp, app, catalogue, customers, log, views };
}

function introduce({ terminal, shop, whatsapp, customers, views }: Stage): void {
  terminal.fact(
    'Shop',
    `WooCommerce over HTTP, in ${DEMO_ZONE}: ${shop.products.size} products, ${customers.length} customers, ` +
      `${counted(shop.orders.size)} orders, with guests, refunds and a second currency`,
  );
  terminal.fact('WhatsApp', 'the Cloud API over HTTP, with an approved template for each campaign');
  terminal.fact('Past weeks', `${views.length} product views, ${whatsapp.accepted.length} messages sent by hand`);
  terminal.fact('Clock', `a driven one; it shows ${shopTime(EVENING)}`);
}

async function firstSync(stage: Stage): Promise<void> {
  const { terminal, app } = stage;
  terminal.title("18:00, the first walk through the shop's orders");
  const result = await app.sync(({ read, total }) => {
    terminal.progress('orders', read, total ?? read);
  });
  if (result.malformed > 0) throw new AppError('INTERNAL', `${result.malformed} orders could not be read`);
  await tick(stage);
  await app.runDue();
  const next = await app.queue.nextScheduledAction(HOOKS.campaigns);
  if (next === null) throw new AppError('INTERNAL', 'The daily job is not planned');
  terminal.say();
  terminal.say(`Planned: ${HOOKS.campaigns} on ${shopTime(next)}.`);
}

async function morning(stage: Stage): Promise<void> {
  const { terminal, clock, shop, app, whatsapp, catalogue } = stage;
  await clock.advanceTo(MORNING - 20 * MINUTE);
  shop.setStock(catalogue.product('Cast-iron teapot'), 'instock');
  shop.setPrice(catalogue.product('Swan-neck kettle'), '49.90');
  shop.setPrice(catalogue.product('Olive-wood board'), '36.00');
  await clock.advanceTo(MORNING);
  terminal.title('9:00 the next morning, the daily job');
  terminal.say('Before opening, the cast-iron teapot came back, and two prices were cut.');
  terminal.say();

  await tick(stage);
  await app.runDue([HOOKS.campaigns]);
  const planned = logged(stage, 'Campaigns are planned');
  const queued = Object.values(planned.planned).reduce(add, 0);
  const silent = Object.values(planned.skipped).reduce(add, 0);
  terminal.say(
    `${queued + silent} of ${stage.customers.length} customers have bought nothing for ` +
      `${app.config().reengagement.inactivity_threshold} days. ${queued} of them get a message today, each the one that suits best:`,
  );
  terminal.say();
  showPlanned(terminal, planned.planned);
  terminal.say();
  terminal.say(`${silent} get none, each for a reason that can be read:`);
  terminal.say();
  showSkipped(terminal, planned.skipped);
  terminal.say();
  await terminal.beat();

  await app.runDue([HOOKS.backInStock]);
  const told = await sendWaiting(stage);
  if (told.length > queued) {
    terminal.say();
    terminal.say(`The other ${told.length - queued} bought lately; the hourly job found them waiting for the teapot.`);
  }
  terminal.title('What they read');
  for (const type of CAMPAIGN_NAMES) {
    const first = firstByPhone(told.filter((message) => message.template === type));
    if (first === undefined) throw new AppError('INTERNAL', `No ${type} message was sent`);
    showMessage(terminal, first, nameOf(stage, first.to));
    await terminal.beat();
  }
  if (whatsapp.attempts !== whatsapp.accepted.length) throw new AppError('INTERNAL', 'WhatsApp refused a message');
}

/** What the daemon does once a minute. The sync goes first, so that the numbers come out the same at every run. */
async function tick({ app }: Stage): Promise<void> {
  await app.tick();
  await app.runDue([HOOKS.sync]);
}

/** Sends everything that is due and returns what WhatsApp has taken. */
async function sendWaiting({ terminal, app, whatsapp }: Stage): Promise<PretendWhatsApp['accepted']> {
  const before = whatsapp.accepted.length;
  const { pending = 0 } = await app.journal.count({ hook: HOOKS.send });
  whatsapp.onAccepted(() => {
    const accepted = whatsapp.accepted.length - before;
    if (accepted <= pending) terminal.progress('messages accepted', accepted, pending);
  });
  const ended = await app.runDue();
  const told = whatsapp.accepted.slice(before);
  if (told.length !== pending || ended.accepted !== pending)
    throw new AppError('INTERNAL', `${told.length} of ${pending} messages were accepted`);
  return told;
}

async function afternoon(stage: Stage): Promise<void> {
  const { terminal, clock, shop, app, whatsapp, catalogue } = stage;
  await clock.advanceTo(AFTERNOON - 25 * MINUTE);
  shop.setStock(catalogue.product('Moka pot'), 'instock');
  await clock.advanceTo(AFTERNOON);
  terminal.title('14:00, a product comes back');
  terminal.say('The moka pot was sold out for weeks. It came back at 13:35; the hourly job finds it.');
  terminal.say();

  const before = whatsapp.accepted.length;
  await tick(stage);
  await app.runDue();
  const check = logged(stage, 'Stock is checked');
  const told = whatsapp.accepted.slice(before);
  const first = firstByPhone(told);
  if (first === undefined || told.length !== check.queued)
    throw new AppError('INTERNAL', `${told.length} of ${check.queued} people were told of the moka pot`);
  showMessage(terminal, first, nameOf(stage, first.to));
  terminal.say(`${told.length} people are told. Everybody else who waits, for it or for the teapot, is not:`);
  terminal.say();
  showSkipped(terminal, check.skipped);
  await terminal.beat();
}

/** Somebody who waits for the moka pot, and was written to this morning, is asked to be written to again. */
async function secondMessage(stage: Stage): Promise<void> {
  const { terminal, app, whatsapp, views, catalogue, clock } = stage;
  terminal.title('A second message on the same day');
  const mokaPot = catalogue.product('Moka pot');
  const waiting = new Set(views.filter(({ productId }) => productId === mokaPot).map(({ phone }) => phone));
  const morningMessage = firstByPhone(
    whatsapp.accepted.filter(
      ({ to, at, template }) => waiting.has(to) && at === MORNING && template !== 'back_in_stock',
    ),
  );
  if (morningMessage === undefined) throw new AppError('INTERNAL', 'Nobody waits who was written to this morning');
  const { to, template = '' } = morningMessage;
  const attempts = whatsapp.attempts;
  const args = { customer_phone: to, campaign_type: 'back_in_stock' };
  const result = await app.queue.doAction(HOOKS.send, args);
  terminal.say(`${maskPhone(to)} waits for the moka pot too, but got ${template} at 9:00. Sent by hand anyway:`);
  terminal.say();
  terminal.say(`queue.doAction('${HOOKS.send}',`, 'cyan', 4);
  terminal.say(JSON.stringify({ ...args, customer_phone: maskPhone(to) }).replaceAll(',', ', ') + ')', 'cyan', 6);
  terminal.say(`→ ${JSON.stringify(result).replaceAll(',', ', ')}`, 'red', 4);
  terminal.say();
  if (JSON.stringify(result) !== '{"success":false,"error":"Frequency cap reached"}' || whatsapp.attempts !== attempts)
    throw new AppError('INTERNAL', 'The second message was not refused by the frequency cap');
  terminal.say('WhatsApp was not even asked, and the customer goes on waiting.');

  const { frequency_cap: waitingBefore = 0 } = logged(stage, 'Stock is checked').skipped;
  await clock.advanceTo(AFTERNOON + HOUR);
  await tick(stage);
  await app.runDue();
  const { queued, skipped } = logged(stage, 'Stock is checked');
  if (queued !== 0 || skipped['frequency_cap'] !== waitingBefore)
    throw new AppError('INTERNAL', 'The customers who were held back by the cap do not wait any more');
  terminal.say(`At 15:00 the hourly job finds all ${waitingBefore} again and leaves them in peace.`);
  await terminal.beat();
}

async function sumUp({ terminal, app, shop, whatsapp }: Stage): Promise<void> {
  terminal.title('The day');
  const people = new Set(whatsapp.accepted.map(({ to }) => to));
  if (people.size !== whatsapp.accepted.length) throw new AppError('INTERNAL', 'Somebody was written to twice');
  const rewards = whatsapp.accepted.filter(({ template }) => template === 'loyalty_reward').length;
  if (shop.coupons.size !== rewards) throw new AppError('INTERNAL', `${shop.coupons.size} coupons for ${rewards}`);
  const { complete = 0, failed = 0, pending = 0 } = await app.journal.count({});
  const today = whatsapp.accepted.filter(({ at }) => at >= MORNING).length;
  terminal.fact('Messages', `${today} today, to ${today} people; nobody got two, last week's included`);
  terminal.fact('Coupons', `${shop.coupons.size} in the shop, one for each loyalty_reward`);
  terminal.fact('Queue', `${complete} actions complete, ${failed} failed, ${pending} planned for later`);
}

function nameOf({ customers }: Stage, phone: string): string {
  return customers.find((customer) => customer.phone === phone)?.firstName ?? '';
}

interface Counts {
  readonly queued: number;
  readonly planned: Readonly<Record<string, number>>;
  readonly skipped: Readonly<Record<string, number>>;
}

/** The newest line of the daemon's log with this message. */
function logged({ log }: Stage, message: string): Counts {
  const lines = log.map((line) => JSON.parse(line) as Counts & { readonly message: string });
  const found = lines.findLast((line) => line.message === message);
  if (found === undefined) throw new AppError('INTERNAL', `The daemon did not log "${message}"`);
  return found;
}

const add = (sum: number, count: number) => sum + count;

async function tell(lifecycle: Lifecycle, terminal: Terminal, log: string[]): Promise<void> {
  terminal.title('reengaged, a day in a pretend shop');
  terminal.say(
    'The daemon is the real one. The shop and WhatsApp are pretend servers, the database is a private one, ' +
      'and nothing leaves this machine.',
  );
  terminal.say();
  const stage = await setStage(lifecycle, terminal, log);
  introduce(stage);
  await firstSync(stage);
  await morning(stage);
  await afternoon(stage);
  await secondMessage(stage);
  await sumUp(stage);
}

function sayGoodbye(terminal: Terminal, startedAt: number): void {
  const seconds = Math.round((systemClock.now() - startedAt) / SECOND);
  terminal.fact('Left behind', `nothing: servers stopped, database removed (${seconds} s in all)`);
  terminal.title('On your own shop');
  terminal.say('cp config/reengaged.example.json config/reengaged.json   # and fill it in', 'cyan', 4);
  terminal.say('npm run build && node dist/cli/main.js migrate', 'cyan', 4);
  terminal.say('npm start', 'cyan', 4);
  terminal.say();
}

/** Resolves with an exit code when somebody has seen enough: Ctrl-C, a kill, or a pager that was closed. */
function enough(): Promise<number> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => {
      resolve(130);
    });
    process.once('SIGTERM', () => {
      resolve(143);
    });
    process.stdout.on('error', () => {
      resolve(141);
    });
  });
}

async function main(): Promise<void> {
  const startedAt = systemClock.now();
  const terminal = createTerminal(process.stdout, process.env);
  const lifecycle = createLifecycle();
  const log: string[] = [];
  let code: number | null;
  try {
    const told = tell(lifecycle, terminal, log).then(() => null);
    code = await Promise.race([told, enough()]);
    await lifecycle.close();
  } catch (error) {
    console.error(`\nThe demo failed: ${errorMessage(error)}`);
    if (error instanceof AppError) console.error(error.advice);
    console.error(log.slice(-20).join('\n'));
    await lifecycle.close().catch((failed: unknown) => {
      console.error(errorMessage(failed));
    });
    process.exit(error instanceof AppError ? error.exitCode : 1);
  }
  if (code !== null) process.exit(code);
  sayGoodbye(terminal, startedAt);
}

await main();
