import type { ShopAnswer, ShopClient, ShopParams } from './client.js';
import { PAGE_SIZE } from './fields.js';
import { badAnswer } from './shop-error.js';

export interface Page {
  readonly rows: readonly unknown[];
  /** Whether a page comes after this one. */
  readonly more: boolean;
  /** Rows on all pages, where the shop's headers tell it. */
  readonly total: number | null;
}

/** One page of a collection, up to 100 rows. */
export async function getPage(client: ShopClient, path: string, params: ShopParams, page = 1): Promise<Page> {
  const answer = await client.get(path, { ...params, per_page: PAGE_SIZE, page });
  const rows: unknown = answer.data;
  if (!Array.isArray(rows)) throw badAnswer(path, 'no list');
  const pages = count(answer, 'x-wp-totalpages');
  // A page can be short because the shop left out a row that it could not load, so its length only counts where the header is missing.
  const more = pages === null ? rows.length >= PAGE_SIZE : page < pages;
  return { rows, more, total: count(answer, 'x-wp-total') };
}

function count(answer: ShopAnswer, header: string): number | null {
  const value = answer.headers[header] ?? '';
  return /^\d+$/.test(value) ? Number(value) : null;
}
