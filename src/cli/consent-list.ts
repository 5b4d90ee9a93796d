import { momentOf, parseList, type List } from './list-file.js';

export interface ConsentLine {
  /** As it was typed. */
  readonly phone: string;
  readonly decision: 'grant' | 'revoke';
  readonly source: string;
  /** Milliseconds, UTC; null where the list does not say. */
  readonly decidedAt: number | null;
}

const HEADERS = ['phone,decision,source', 'phone,decision,source,decided_at'];
const MAX_SOURCE = 191;

/** Reads a list of decisions; a date counts from its beginning, UTC. */
export function parseConsentList(text: string, now: number): List<ConsentLine> {
  return parseList(text, HEADERS, ([phone = '', decision, source = '', when = '']) => {
    if (decision !== 'grant' && decision !== 'revoke') return 'the decision has to be grant or revoke';
    if (source === '') return 'the source is missing';
    if (source.length > MAX_SOURCE) return `the source is longer than ${MAX_SOURCE} characters`;
    if (when === '') return { phone, decision, source, decidedAt: null };
    const decidedAt = momentOf(/^[\d-]{10}$/.test(when) ? `${when}T00:00:00Z` : when);
    if (decidedAt === null) return 'decided_at has to be a time such as 2026-02-10 or 2026-02-10T11:00:00Z';
    if (decidedAt > now) return 'decided_at lies in the future';
    return { phone, decision, source, decidedAt };
  });
}
