import { isAppError, type AppError } from '../lib/errors.js';
import type { SiteFacts } from '../reengagement/shop-facts.js';
import { readSiteFacts } from '../shop/site.js';
import type { JobServices } from './services.js';
import { storedSite } from './site-book.js';

/** The error where the shop or WhatsApp cannot be asked, which an explanation goes without; others are thrown. */
export async function orOutage<T>(work: () => Promise<T>): Promise<T | AppError> {
  try {
    return await work();
  } catch (error) {
    if (isAppError(error) && /^(SHOP|WHATSAPP)_/.test(error.code)) return error;
    throw error;
  }
}

export interface AskedShop {
  /** They write nothing, and ask the shop nothing more once it could not be asked. */
  readonly services: JobServices;
  /** As it was stored last while the shop cannot be asked; null when it never answered. */
  readonly site: SiteFacts | null;
  /** Why the shop could not be asked; null while it answers. */
  readonly problem: () => AppError | null;
}

/** Each question to a shop that hangs takes its time-outs and retries: after the first one that failed none is asked. */
export async function askShop(given: JobServices): Promise<AskedShop> {
  let problem: AppError | null = null;
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    if (problem !== null) throw problem;
    const answer = await orOutage(work);
    if (!isAppError(answer)) return answer;
    if (answer.code.startsWith('SHOP_')) problem = answer;
    throw answer;
  };
  const shop = () => {
    const client = given.shop();
    return {
      ...client,
      get: (...args: Parameters<typeof client.get>) => ask(() => client.get(...args)),
    };
  };
  const asked = await orOutage(() => ask(() => readSiteFacts(given.shop())));
  const site = isAppError(asked) ? await storedSite(given.database) : asked;
  const services: JobServices = {
    ...given,
    shop,
    site: () => settled(site ?? asked),
    products: (ids) => (ids.length === 0 ? Promise.resolve(new Map()) : ask(() => given.products(ids))),
    categories: (ids) => (ids.length === 0 ? Promise.resolve(new Map()) : ask(() => given.categories(ids))),
  };
  return { services, site, problem: () => problem };
}

function settled<T extends object>(value: T | AppError): Promise<T> {
  return isAppError(value) ? Promise.reject(value) : Promise.resolve(value);
}
