import type { HttpAnswer } from '../http-faults.js';
import { jsonAnswer } from './graph-error.js';

export const DISPLAY_PHONE_NUMBER = '15550783881';

const FACTS = new Map<string, unknown>([
  ['verified_name', 'Pretend shop'],
  ['display_phone_number', DISPLAY_PHONE_NUMBER],
  ['quality_rating', 'GREEN'],
  ['throughput', { level: 'STANDARD' }],
  ['status', 'CONNECTED'],
  ['whatsapp_business_manager_messaging_limit', 'TIER_100K'],
]);

/** `GET /{phone_number_id}?fields=`: the facts that were asked for. */
export function phoneAnswer(id: string, query: URLSearchParams): HttpAnswer {
  const asked = (query.get('fields') ?? 'verified_name,display_phone_number,quality_rating').split(',');
  const known = asked.filter((name) => FACTS.has(name)).map((name) => [name, FACTS.get(name)]);
  return jsonAnswer({ ...Object.fromEntries(known), id });
}
