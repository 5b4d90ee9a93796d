import type { App } from '../app.js';
import { isAppError } from '../lib/errors.js';
import { normalisePhone } from '../lib/phone.js';

type ReadPhone = { readonly phone: string } | { readonly problem: string };
export type PhoneReader = (typed: string) => Promise<ReadPhone>;

/** What a number without its country code needs: the configured country, or the shop's, which is asked once and only for such a number. */
export function createPhoneReader(app: Pick<App, 'phoneCountry'>): PhoneReader {
  let country: Promise<{ code: string | null; problem: string }> | undefined;
  // A person stands in a list of views many times, and a number takes a good part of a millisecond.
  const known = new Map<string, ReadPhone>();
  const read = async (typed: string): Promise<ReadPhone> => {
    const written = normalisePhone(typed, null);
    if (written !== null) return { phone: written };
    country ??= askCountry(app);
    const { code, problem } = await country;
    const phone = code === null ? null : normalisePhone(typed, code);
    return phone === null ? { problem } : { phone };
  };
  return async (typed) => {
    const phone = known.get(typed) ?? (await read(typed));
    known.set(typed, phone);
    return phone;
  };
}

// With spaces: a whole number would be taken out of the message.
const AS_IN = 'with plus and country code, as in +34 600 111 222';

async function askCountry(app: Pick<App, 'phoneCountry'>): Promise<{ code: string | null; problem: string }> {
  try {
    return { code: await app.phoneCountry(), problem: `this is no phone number; write it ${AS_IN}` };
  } catch (error) {
    if (!isAppError(error) || !error.code.startsWith('SHOP_')) throw error;
    const why = `the shop, which would tell the country, does not answer (${error.message})`;
    return { code: null, problem: `this is no phone number ${AS_IN}, and ${why}` };
  }
}
