import type { StubRow } from './stub-shop.js';

export interface StubProduct {
  readonly id: number;
  /** Milliseconds. */
  readonly createdAt: number;
  readonly price: string;
  readonly inStock: boolean;
  readonly categoryId: number;
}

/** A simple published product, as /products answers it. */
export function stubProduct({ id, createdAt, price, inStock, categoryId }: StubProduct): StubRow {
  const at = Math.floor(createdAt / 1_000);
  const date = new Date(at * 1_000).toISOString().slice(0, 19);
  const stockStatus = inStock ? 'instock' : 'outofstock';
  return {
    id,
    at,
    stockStatus,
    body: () => ({
      id,
      name: `Iron Grinder &#8211; Var #${id}`,
      slug: `iron-grinder-${id}`,
      permalink: `https://shop.example/product/iron-grinder-${id}/`,
      date_created_gmt: date,
      date_modified_gmt: date,
      type: 'simple',
      status: 'publish',
      catalog_visibility: 'visible',
      price,
      regular_price: price,
      sale_price: '',
      manage_stock: false,
      stock_quantity: null,
      stock_status: stockStatus,
      parent_id: 0,
      variations: [],
      categories: [{ id: categoryId, name: `Kettles ${categoryId}`, slug: `kettles-${categoryId}` }],
    }),
  };
}
