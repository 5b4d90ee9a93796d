import { z } from 'zod';
import { accountIds, countAccounts, removeAccounts, saveAccounts } from '../db/accounts.js';
import { readNumber, readWatermark, writeWatermark } from '../db/watermarks.js';
import { DAY, MINUTE } from '../lib/clock.js';
import { isAppError } from '../lib/errors.js';
import type { Handler } from '../queue/handler.js';
import { HOOKS } from '../queue/hooks.js';
import type { AccountParsing } from '../shop/customer-row.js';
import { accountsById, findAccount, walkAccounts, type Accounts } from '../shop/customers.js';
import { PAGE_SIZE } from '../shop/fields.js';
import { accountParsing, ACCOUNTS_READ, areAccountsRead } from './accounts-read.js';
import { attributionRules, reportConversions } from './attribute-conversions.js';
import type { JobServices } from './services.js';

const WALK = 'accounts:walk';
const CHECKED = 'accounts:checked';
const DENIED = 'accounts:denied';

export const ACCOUNTS_EVERY_MINUTES = 15;
const RUNS_A_DAY = DAY / (ACCOUNTS_EVERY_MINUTES * MINUTE);

const walkState = z.object({
  /** The settings that the accounts were read with. */
  parse: z.string(),
  /** Every account up to this id is known. */
  above: z.number(),
  /** The highest id that the walk under way has met, and where it goes on. */
  highest: z.number(),
  page: z.number(),
  total: z.number().nullable(),
});
type WalkState = z.infer<typeof walkState>;

interface AccountsResult {
  readonly accounts: number;
  readonly malformed: number;
  readonly removed: number;
}

interface Run {
  readonly services: JobServices;
  readonly parse: AccountParsing;
  readonly result: { -readonly [Key in keyof AccountsResult]: number };
}

/**
 * reengaged_sync_accounts: every 15 minutes. Takes over the shop's new accounts (the first time all of them) and then looks at a part of the
 * known ones, so that all are looked at anew every `shop.reconcile_days`: WooCommerce cannot be asked what has changed. Killed at any page it
 * goes on there. A key that may not read customers is told once a day. Returns `{accounts, malformed, removed}`. Errors: SHOP_* and DB_*.
 */
async function syncAccounts(services: JobServices): Promise<AccountsResult> {
  const run: Run = {
    services,
    parse: await accountParsing(services),
    result: { accounts: 0, malformed: 0, removed: 0 },
  };
  try {
    await takeNew(run);
    await takeChanged(run);
  } catch (error) {
    if (!isAppError(error, 'SHOP_DENIED')) throw error;
    await reportDenied(services, error.message);
  }
  return run.result;
}

async function takeNew(run: Run): Promise<void> {
  const { services, parse } = run;
  const { database, clock } = services;
  const saveState = (state: WalkState) => writeWatermark(database, WALK, state, clock.now());
  const stored = walkState.safeParse(await readWatermark(database, WALK));
  const made = JSON.stringify(parse);
  let state: WalkState =
    stored.success && stored.data.parse === made
      ? stored.data
      : { parse: made, above: 0, highest: 0, page: 1, total: null };
  for await (const page of walkAccounts(services.shop(), { above: state.above, from: state, parse })) {
    await keep(run, page);
    state = { ...state, highest: Math.max(state.highest, page.highest), ...page.next };
    await saveState(state);
  }
  await saveState({ ...state, above: Math.max(state.above, state.highest), page: 1, total: null });
  await writeWatermark(database, ACCOUNTS_READ, parse.consentMetaKeys, clock.now());
}

async function takeChanged(run: Run): Promise<void> {
  const { services, parse } = run;
  const { database, clock } = services;
  const runs = services.config().shop.reconcile_days * RUNS_A_DAY;
  const groups = Math.ceil((await countAccounts(database)) / PAGE_SIZE / runs);
  let after = (await readNumber(database, CHECKED)) ?? 0;
  for (let group = 0; group < groups; group += 1) {
    const ids = await accountIds(database, after, PAGE_SIZE);
    if (ids.length > 0) {
      const { missing, ...found } = await accountsById(services.shop(), ids, parse);
      await keep(run, found);
      await confirmMissing(run, missing);
    }
    after = ids.length < PAGE_SIZE ? 0 : (ids.at(-1) ?? 0);
    await writeWatermark(database, CHECKED, after, clock.now());
  }
}

/** A list leaves out without a word what it does not find, and what a plugin hides. */
async function confirmMissing(run: Run, ids: readonly number[]): Promise<void> {
  const { services, parse, result } = run;
  for (const id of ids) {
    const account = await findAccount(services.shop(), id, parse);
    if (account === null) {
      reportConversions(services, await removeAccounts(services.database, [id], attributionRules(services.config())));
      result.removed += 1;
    } else
      await keep(
        run,
        'problem' in account ? { accounts: [], malformed: [account] } : { accounts: [account], malformed: [] },
      );
  }
}

async function keep({ services, result }: Run, { accounts, malformed }: Accounts): Promise<void> {
  const { database, clock, logger } = services;
  const rules = attributionRules(services.config());
  reportConversions(services, await saveAccounts(database, accounts, clock.now(), rules));
  for (const { id, problem } of malformed)
    logger.warn('An account is left out: it is not what WooCommerce documents', { account: id, problem });
  result.accounts += accounts.length;
  result.malformed += malformed.length;
}

/** Reads the accounts, for whoever wants to plan, while that waits for the consent in them. */
export async function readAccountConsent(services: JobServices): Promise<void> {
  if (!(await areAccountsRead(services))) await syncAccounts(services);
}

async function reportDenied({ database, clock, logger }: JobServices, problem: string): Promise<void> {
  const said = await readNumber(database, DENIED);
  const now = clock.now();
  if (said !== null && now - said < DAY) return;
  logger.warn('The shop does not let its accounts be read: who withdraws consent there is not known', { problem });
  await writeWatermark(database, DENIED, now, now);
}

export function syncAccountsHandler(services: JobServices): Handler {
  return {
    hook: HOOKS.syncAccounts,
    exclusive: true,
    concurrency: () => 1,
    interrupted: null,
    exhausted: null,
    run: async () => ({ name: 'done', result: await syncAccounts(services) }),
  };
}
