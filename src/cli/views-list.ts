import { SECOND } from '../lib/clock.js';
import { momentOf, parseList, type List } from './list-file.js';

export interface ViewLine {
  /** As it was typed. */
  readonly phone: string;
  readonly productId: number;
  /** Milliseconds, UTC. */
  readonly viewedAt: number;
}

const HEADER = 'phone,product,time';

/** Reads a list of product views. */
export function parseViewList(text: string, now: number): List<ViewLine> {
  return parseList(text, [HEADER], ([phone = '', product = '', time = '']) => {
    const productId = /^\d{1,15}$/.test(product) ? Number(product) : 0;
    if (productId === 0) return 'the product has to be its id in the shop, such as 1042';
    const viewedAt = momentOf(time);
    if (viewedAt === null) return 'the time has to be one with its zone, such as 2026-02-10T11:00:00Z';
    if (viewedAt > now) return 'the time lies in the future';
    // Two views in one second are one.
    return { phone, productId, viewedAt: Math.floor(viewedAt / SECOND) * SECOND };
  });
}
