import { newestConsent } from '../db/consent.js';
import { customersOf, type CustomerRow } from '../db/customers.js';
import { recentLog, type LogRow } from '../db/log.js';
import type { Database } from '../db/pool.js';
import { profilesOf, type Profile } from '../db/profiles.js';
import { HOUR } from '../lib/clock.js';
import { phoneCountry } from '../lib/phone.js';
import type { CampaignType } from '../reengagement/campaign-type.js';
import { consentOf, type ConsentDecision } from '../reengagement/consent.js';
import type { EligibilityFacts } from '../reengagement/eligibility.js';
import { oneLine } from '../reengagement/one-line.js';

/** One person, as far as the database knows them. */
export interface Recipient {
  readonly phone: string;
  /** Null: the shop's orders do not name them. */
  readonly customer: CustomerRow | null;
  readonly profiles: readonly Profile[];
  readonly consent: ConsentDecision;
  readonly log: readonly LogRow[];
  /** Whether there is a profile, an order, an account's word or a decision of theirs at all. */
  readonly known: boolean;
}

/**
 * Everything that is known of these people (E.164 with plus), in a fixed number of statements for all of them together. Whoever has read
 * the rows of these customers just now hands them in as `read`.
 */
export async function loadRecipients(
  database: Database,
  phones: readonly string[],
  now: number,
  read?: readonly CustomerRow[],
): Promise<Map<string, Recipient>> {
  const unique = [...new Set(phones)];
  const [customers, profiles, ledger, log] = await Promise.all([
    read === undefined ? customersOf(database, unique) : new Map(read.map((row) => [row.phone, row])),
    profilesOf(database, unique),
    newestConsent(database, unique),
    recentLog(database, unique, now),
  ]);
  return new Map(
    unique.map((phone) => {
      const customer = customers.get(phone) ?? null;
      const own = profiles.get(phone) ?? [];
      const decision = ledger.get(phone) ?? null;
      const consent = consentOf({
        profiles: own,
        ledger: decision,
        orderConsent: customer?.orderConsent ?? null,
        accountConsent: customer?.accountConsent ?? null,
      });
      // A row that only a reservation made says nothing of a person.
      const known =
        own.length > 0 ||
        decision !== null ||
        (customer !== null &&
          (customer.paidOrders > 0 || customer.firstName !== null || customer.accountConsent !== null));
      return [phone, { phone, customer, profiles: own, consent, log: log.get(phone) ?? [], known }];
    }),
  );
}

/** The 24-hour window, with an hour's margin for messages that wait. */
const WINDOW_MS = 23 * HOUR;

export interface Occasion {
  readonly campaignType: CampaignType;
  readonly enabled: boolean;
  readonly now: number;
  readonly actionId: number | null;
  readonly plannedAt: number | null;
  readonly expiresAt: number | null;
}

export function inWindow(recipient: Recipient, now: number): boolean {
  return (windowEnd(recipient) ?? -Infinity) > now;
}

/** Until when a text may go to this person (ms); null when no message of theirs is known. */
export function windowEnd({ customer }: Pick<Recipient, 'customer'>): number | null {
  const at = customer?.lastInboundAt ?? null;
  return at === null ? null : at + WINDOW_MS;
}

/** Until they order again (order-summary.ts) or write to the shop. */
function isUndeliverable({ customer }: Recipient): boolean {
  const { undeliverableAt = null, lastInboundAt = null } = customer ?? {};
  return undeliverableAt !== null && (lastInboundAt ?? -Infinity) <= undeliverableAt;
}

export function eligibilityFacts(recipient: Recipient, occasion: Occasion): EligibilityFacts {
  return {
    campaignType: occasion.campaignType,
    enabled: occasion.enabled,
    consent: recipient.consent,
    // Only when it is asked for: it takes longer than all the rest, and most inactive customers never agreed.
    get country() {
      return phoneCountry(recipient.phone);
    },
    inWindow: inWindow(recipient, occasion.now),
    undeliverable: isUndeliverable(recipient),
    replaced: (recipient.customer?.replacedAt ?? null) !== null,
    log: recipient.log,
    ownActionId: occasion.actionId,
    lastPaidAt: recipient.customer?.lastPaidAt ?? null,
    plannedAt: occasion.plannedAt,
    expiresAt: occasion.expiresAt,
  };
}

/** As long as the column of a name can be. */
const NAME_LENGTH = 100;

/** The first name, from the newest order or else the profile; in one line, whatever somebody typed there. */
export function firstNameOf({ customer, profiles }: Pick<Recipient, 'customer' | 'profiles'>): string | null {
  return (
    oneLine(customer?.firstName ?? '', NAME_LENGTH) ??
    oneLine(profiles[0]?.name ?? '', NAME_LENGTH)?.split(' ')[0] ??
    null
  );
}

export function emailOf(recipient: Recipient): string | null {
  return recipient.customer?.email ?? recipient.profiles.find((profile) => profile.email !== null)?.email ?? null;
}
