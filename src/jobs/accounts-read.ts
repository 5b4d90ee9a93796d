import { isDeepStrictEqual } from 'node:util';
import { readWatermark } from '../db/watermarks.js';
import { AppError } from '../lib/errors.js';
import type { AccountParsing } from '../shop/customer-row.js';
import type { JobServices } from './services.js';

/** The account meta keys with which every account was read. */
export const ACCOUNTS_READ = 'accounts:read';

export async function accountParsing({ config, site }: Pick<JobServices, 'config' | 'site'>): Promise<AccountParsing> {
  const { shop, reengagement } = config();
  return {
    defaultCountry: shop.default_country ?? (await site()).country,
    consentMetaKeys: reengagement.account_consent_meta_keys,
  };
}

type Readable = Pick<JobServices, 'database' | 'config'>;

export async function areAccountsRead({ database, config }: Readable): Promise<boolean> {
  const read = (await readWatermark(database, ACCOUNTS_READ)) ?? [];
  return isDeepStrictEqual(read, config().reengagement.account_consent_meta_keys);
}

/**
 * Refuses while consent that somebody withdrew in an account cannot be known: keys are configured with which not every account was read, or
 * were, and what they gave still stands. Who configures none need not let the program read accounts.
 * @throws AppError MIRROR_NOT_READY
 */
export async function assertAccountsRead(services: Readable): Promise<void> {
  if (!(await areAccountsRead(services)))
    throw new AppError('MIRROR_NOT_READY', "Consent in the shop's accounts is not read yet");
}
