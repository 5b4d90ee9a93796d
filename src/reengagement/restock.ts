import type { ShopProduct } from './shop-facts.js';

/** Whether only some of those who wait for a product are told at a time. What is on backorder, or not counted by the shop, is there for everybody. */
export function isLimited(
  { stockStatus, stockQuantity }: Pick<ShopProduct, 'stockStatus' | 'stockQuantity'>,
  customersPerUnit: number | null,
): boolean {
  return customersPerUnit !== null && stockStatus === 'instock' && stockQuantity !== null;
}

export interface Restock {
  /** Units in stock. */
  readonly quantity: number;
  readonly customersPerUnit: number;
  /** People who were told lately, or whose message is on its way. */
  readonly open: number;
}

/** How many more people may be told of a product of limited stock now; never below 0. */
export function allowance({ quantity, customersPerUnit, open }: Restock): number {
  return Math.max(0, Math.floor(quantity * customersPerUnit) - open);
}
