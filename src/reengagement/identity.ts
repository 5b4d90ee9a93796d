import type { ShopOrder } from './shop-facts.js';

/** The phones that one account, or one email, was seen with. */
export interface SeenPhones {
  /** What the shop's accounts say: that one, or those with the email, the newest first. */
  readonly ofAccounts: readonly string[];
  /** What the orders say; `at`: when the newest order with the phone was placed (ms). */
  readonly ofOrders: readonly { readonly phone: string; readonly at: number }[];
}

/** Who is seen with more phones is a till, an office or a placeholder such as pos@shop.example, and no person. */
const MOST_PHONES = 3;

export function isShared(phones: Iterable<string>): boolean {
  return new Set(phones).size > MOST_PHONES;
}

/**
 * Whose order it is, as a phone: its own; else its account's, or the newest one that the account ordered with; else the newest one that was
 * seen with its email. Null where all of that says nothing. `account` and `email`: what is known of the order's.
 */
export function resolvePerson(
  order: Pick<ShopOrder, 'phone'>,
  account: SeenPhones | undefined,
  email: SeenPhones | undefined,
): string | null {
  if (order.phone !== null) return order.phone;
  const ofAccount = usable(account);
  const ofEmail = usable(email);
  return (
    ofAccount?.ofAccounts[0] ??
    newest(ofAccount?.ofOrders) ??
    newest(ofEmail?.ofOrders) ??
    ofEmail?.ofAccounts[0] ??
    null
  );
}

function usable(seen: SeenPhones | undefined): SeenPhones | undefined {
  if (seen === undefined) return undefined;
  return isShared([...seen.ofAccounts, ...seen.ofOrders.map(({ phone }) => phone)]) ? undefined : seen;
}

/** Of two in one second the greater: the order in which orders arrive must not matter. */
function newest(phones: SeenPhones['ofOrders'] = []): string | null {
  const [first] = phones.toSorted((a, b) => b.at - a.at || (a.phone < b.phone ? 1 : -1));
  return first?.phone ?? null;
}

/** A purchase of an account or an email: by whom, and when their newest one was paid (ms). */
export interface KeyPurchase {
  readonly person: string;
  readonly at: number;
}

/**
 * Since when a person buys under another phone (ms), null while they do not: nobody writes to a number that was given up. `purchases`: those
 * of every account and every email that the phone ordered with. Two people who share an account are taken for one who has changed
 * the phone: silent is safer than wrong. A newer purchase under the phone itself lifts it.
 */
export function replacedSince(
  phone: string,
  purchases: readonly KeyPurchase[],
  lastPaidAt: number | null,
): number | null {
  const later = purchases.filter(({ person, at }) => person !== phone && at > (lastPaidAt ?? -Infinity));
  return later.length === 0 ? null : Math.max(...later.map(({ at }) => at));
}

/** What an email is compared by: in lower case. Null for what is no email in ASCII, which joins nobody. */
export function emailKey(email: string | null): string | null {
  return email !== null && /^[!-~]+@[!-~]+$/.test(email) ? email.toLowerCase() : null;
}
