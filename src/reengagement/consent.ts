/** Everything that is known about whether one person wants to be written to. */
export interface ConsentFacts {
  /** All customer_profiles rows of the phone, with and without the plus. */
  readonly profiles: readonly ProfileConsent[];
  /** The newest entry of our ledger. */
  readonly ledger: { readonly decision: 'grant' | 'revoke'; readonly source: string } | null;
  /** What the newest order that carries a consent meta key says. */
  readonly orderConsent: boolean | null;
  /** What the shop's accounts say that have the phone; a no also of an account that the person ordered with. */
  readonly accountConsent: boolean | null;
}

export interface ProfileConsent {
  readonly optInMarketing: boolean;
  readonly notificationOptOut: boolean;
  /** The JSON column, decoded or still a string. */
  readonly preferences: unknown;
}

export type ConsentDecision =
  | { readonly granted: true; readonly source: string }
  /** `source`: who said no; null when nobody was asked. */
  | { readonly granted: false; readonly reason: 'opted_out' | 'no_consent'; readonly source: string | null };

/**
 * Who may be written to. A no that somebody said wins over every yes that may be older, and nobody knows how old what stands in a profile or
 * in an account is: so any profile's opt-out, a revocation in the ledger and a no in an account each end it. After them a grant in the ledger or a
 * profile's opt-in is enough; else the newest order that says something decides, and where no order does a yes in an account. Without any of
 * these there is no consent, and so no message.
 */
export function consentOf({ profiles, ledger, orderConsent, accountConsent }: ConsentFacts): ConsentDecision {
  if (profiles.some((profile) => profile.notificationOptOut)) return optedOut('customer_profiles.notification_opt_out');
  if (profiles.some((profile) => optsOut(profile.preferences))) return optedOut('customer_profiles.preferences');
  if (ledger?.decision === 'revoke') return optedOut(ledger.source);
  if (accountConsent === false) return optedOut('account');
  if (ledger?.decision === 'grant') return { granted: true, source: ledger.source };
  if (profiles.some((profile) => profile.optInMarketing)) {
    return { granted: true, source: 'customer_profiles.opt_in_marketing' };
  }
  if (orderConsent === true) return { granted: true, source: 'order' };
  if (orderConsent === null && accountConsent === true) return { granted: true, source: 'account' };
  return { granted: false, reason: 'no_consent', source: orderConsent === false ? 'order' : null };
}

function optedOut(source: string): ConsentDecision {
  return { granted: false, reason: 'opted_out', source };
}

/** The plugin writes a yes in several ways; what is no JSON says nothing. */
function optsOut(preferences: unknown): boolean {
  if (typeof preferences === 'string') return optsOut(parsed(preferences));
  if (typeof preferences !== 'object' || preferences === null) return false;
  const value: unknown = Reflect.get(preferences, 'notifications_opt_out');
  if (typeof value === 'string') return ['1', 'yes', 'true'].includes(value.trim().toLowerCase());
  return value === true || value === 1;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
