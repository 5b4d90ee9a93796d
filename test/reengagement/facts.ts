import { DAY } from '../../src/lib/clock.js';
import type { ProductView } from '../../src/reengagement/product-interest.js';
import type { PriceFormat, ShopProduct, SiteFacts } from '../../src/reengagement/shop-facts.js';

export const NOW = Date.UTC(2026, 10, 22, 14);
export const daysAgo = (days: number) => NOW - days * DAY;

export function priceFormat(changes: Partial<PriceFormat> = {}): PriceFormat {
  return {
    currency: 'USD',
    symbol: '$',
    position: 'left',
    thousandSeparator: ',',
    decimalSeparator: '.',
    decimals: 2,
    ...changes,
  };
}

export function site(changes: Partial<SiteFacts> = {}): SiteFacts {
  return {
    name: 'Mug Shop',
    home: 'https://shop.example',
    zone: 'America/New_York',
    priceFormat: priceFormat(),
    country: 'US',
    ...changes,
  };
}

export function shopProduct(id: number, changes: Partial<ShopProduct> = {}): ShopProduct {
  return {
    id,
    type: 'simple',
    parentId: null,
    name: `Mug ${id}`,
    price: '10.00',
    stockStatus: 'instock',
    stockQuantity: null,
    stockId: id,
    published: true,
    permalink: `https://shop.example/product/mug-${id}/`,
    categoryIds: [1],
    createdAt: daysAgo(400),
    ...changes,
  };
}

export function view(id: number, productId: number, changes: Partial<ProductView> = {}): ProductView {
  return {
    id,
    productId,
    priceAtView: '10.00',
    priceTold: null,
    inStock: true,
    viewedAt: daysAgo(5),
    stockToldAt: null,
    ...changes,
  };
}

export function byId(...products: readonly ShopProduct[]): ReadonlyMap<number, ShopProduct> {
  return new Map(products.map((product) => [product.id, product]));
}
