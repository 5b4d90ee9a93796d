import { DAY } from '../lib/clock.js';
import type { PretendShop } from './shop/pretend-shop.js';

/** What an order line names. */
export interface DemoItem {
  readonly productId: number;
  readonly variationId?: number;
}

export interface DemoCatalogue {
  /** What could be bought all the time, by category. */
  readonly shelves: readonly [readonly DemoItem[], ...(readonly DemoItem[])[]];
  /** By the product's name. @throws when there is none of that name */
  product(name: string): number;
}

interface Shelf {
  readonly category: string;
  /** Name to regular price, or regular and sale price. */
  readonly products: Readonly<Record<string, string | readonly [string, string]>>;
  readonly variable?: { readonly name: string; readonly price: string; readonly options: readonly string[] };
  /** Name to price and age in days. */
  readonly arrivals?: Readonly<Record<string, readonly [price: string, days: number]>>;
}

const SHELVES: readonly Shelf[] = [
  {
    category: 'Cups & mugs',
    products: {
      'Plain cup': '9.50',
      'Espresso cup': '8.00',
      'Camping mug': ['14.00', '11.90'],
      'Latte glass': '11.00',
      'Travel mug': '24.00',
    },
    variable: { name: 'Glazed mug', price: '16.00', options: ['Sea', 'Sand', 'Forest'] },
  },
  {
    category: 'Tea',
    products: {
      'Cast-iron teapot': '49.00',
      'Glass teapot': '34.00',
      'Tea tin': '12.50',
      'Matcha whisk': '18.00',
      'Tea strainer': '7.90',
    },
    arrivals: { 'Travel tea set': ['39.00', 18], 'Honey spoon': ['6.50', 11] },
  },
  {
    category: 'Coffee',
    products: {
      'Moka pot': '32.00',
      'Hand grinder': '58.00',
      'Pour-over dripper': '21.00',
      'Milk jug': '17.50',
      'Swan-neck kettle': '64.00',
    },
  },
  {
    category: 'Plates & bowls',
    products: {
      'Dinner plate': '15.00',
      'Soup bowl': '13.00',
      'Salad bowl': ['36.00', '29.00'],
      'Serving dish': '42.00',
      'Butter dish': '22.00',
    },
  },
  {
    category: 'Knives & boards',
    products: { 'Bread knife': '38.00', 'Paring knife': '19.00', 'Olive-wood board': '45.00', 'Knife block': '72.00' },
    arrivals: { 'Cheese knife set': ['54.00', 25] },
  },
  {
    category: 'Linen',
    products: { 'Tea towel': '8.50', 'Oven glove': '14.50', 'Table runner': '31.00', 'Napkins, set of 4': '23.00' },
    variable: { name: 'Linen apron', price: '44.00', options: ['Natural', 'Olive', 'Ink'] },
  },
  {
    category: 'Candles',
    products: {
      'Beeswax candle': '12.00',
      'Candle holder': '26.00',
      'Tealights, set of 12': ['9.00', '7.50'],
      Lantern: '48.00',
    },
  },
];

/** Fills the shelves of a shop for the kitchen and the table. `now` in milliseconds: arrivals are dated back from it. */
export function stockShelves(shop: PretendShop, now: number): DemoCatalogue {
  const ids = new Map<string, number>();
  const shelves = SHELVES.map(({ category, products, variable, arrivals }): DemoItem[] => {
    const common = { categories: [shop.addCategory(category)], createdAt: now - 900 * DAY };
    const simple = Object.entries(products).map(([name, prices]) => {
      const [price, salePrice] = typeof prices === 'string' ? [prices] : prices;
      const productId = shop.addProduct({ ...common, name, price, ...(salePrice === undefined ? {} : { salePrice }) });
      ids.set(name, productId);
      return { productId };
    });
    for (const [name, [price, days]] of Object.entries(arrivals ?? {}))
      ids.set(name, shop.addProduct({ ...common, name, price, createdAt: now - days * DAY }));
    if (variable === undefined) return simple;
    const { name, price, options } = variable;
    const variations = options.map((option) => ({ option, price }));
    const { id: productId, variationIds } = shop.addVariableProduct({ ...common, name, variations });
    ids.set(name, productId);
    return [...simple, ...variationIds.map((variationId) => ({ productId, variationId }))];
  });
  const [first = [], ...others] = shelves;
  return {
    shelves: [first, ...others],
    product: (name) => {
      const id = ids.get(name);
      if (id === undefined) throw new TypeError(`The demo's shop has no ${name}`);
      return id;
    },
  };
}
