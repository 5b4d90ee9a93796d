import {
  type Category,
  must,
  type Product,
  type ProductStatus,
  type ShopState,
  slugify,
  type StockStatus,
  UNCATEGORIZED,
} from './state.js';
import { wholeSecond } from './site-time.js';

/** Prices are decimal strings, '' for none. Times are milliseconds. Names may hold HTML entities and tags. */
export interface NewProduct {
  readonly name: string;
  readonly price?: string;
  readonly salePrice?: string;
  readonly stockStatus?: StockStatus;
  /** A number makes the product manage its stock; the status stays what `stockStatus` says. */
  readonly stockQuantity?: number;
  /** Ids from `addCategory`; without any it is uncategorized. */
  readonly categories?: readonly number[];
  readonly type?: 'simple' | 'grouped' | 'external';
  readonly status?: ProductStatus;
  readonly sku?: string;
  readonly description?: string;
  readonly shortDescription?: string;
  /** Default: now, by the shop's clock. */
  readonly createdAt?: number;
}

interface NewVariation {
  readonly option: string;
  readonly price?: string;
  readonly salePrice?: string;
  readonly stockStatus?: StockStatus;
  readonly stockQuantity?: number;
  readonly sku?: string;
}

/** `stockQuantity`: counted for all variations together that count none of their own. */
export interface NewVariableProduct extends Omit<NewProduct, 'price' | 'salePrice' | 'stockStatus' | 'type'> {
  /** What the variations differ in; default Color. */
  readonly attribute?: string;
  readonly variations: readonly NewVariation[];
}

export type ProductPatch = Partial<
  Pick<
    Product,
    | 'name'
    | 'slug'
    | 'status'
    | 'sku'
    | 'description'
    | 'shortDescription'
    | 'regularPrice'
    | 'salePrice'
    | 'stockStatus'
    | 'stockQuantity'
    | 'categories'
  >
>;

function insert(state: ShopState, given: NewProduct, own: Partial<Product> = {}): Product {
  const createdAt = wholeSecond(given.createdAt ?? state.now());
  const id = state.nextId('post');
  const draft = given.status === 'draft' || given.status === 'pending';
  const product: Product = {
    id,
    type: given.type ?? 'simple',
    parentId: 0,
    name: given.name,
    slug: draft ? '' : `${slugify(given.name)}-${id}`,
    status: given.status ?? 'publish',
    sku: given.sku ?? '',
    description: given.description ?? '',
    shortDescription: given.shortDescription ?? '',
    regularPrice: given.price ?? '',
    salePrice: given.salePrice ?? '',
    stockStatus: given.stockStatus ?? 'instock',
    stockQuantity: given.stockQuantity ?? null,
    categories: given.categories ?? [UNCATEGORIZED.id],
    attribute: null,
    variationIds: [],
    createdAt,
    modifiedAt: createdAt,
    ...own,
  };
  state.products.set(id, product);
  return product;
}

/** What a scenario does to the shop's products. Every change bumps the modification date; a variation's change its parent's too. */
export function catalogueActions(state: ShopState) {
  const change = (id: number, patch: ProductPatch): void => {
    const product = must(state.products, id, 'product');
    Object.assign(product, patch);
    const parent = state.products.get(product.parentId);
    for (const touched of parent === undefined ? [product] : [product, parent]) touched.modifiedAt = state.now();
  };
  return {
    /** Returns the category's id. */
    addCategory(name: string): number {
      const category: Category = { id: state.nextId('term'), name, slug: slugify(name) };
      state.categories.set(category.id, category);
      return category.id;
    },
    /** Returns the product's id. */
    addProduct: (given: NewProduct): number => insert(state, given).id,
    addVariableProduct(given: NewVariableProduct): { id: number; variationIds: number[] } {
      const name = given.attribute ?? 'Color';
      const parent = insert(state, given, { type: 'variable', attribute: { name, option: '' } });
      const variationIds = given.variations.map((variation) => {
        const attribute = { name, option: variation.option };
        const own = { type: 'variation', parentId: parent.id, categories: [], attribute } as const;
        return insert(state, { ...variation, name: variation.option, createdAt: parent.createdAt }, own).id;
      });
      state.products.set(parent.id, { ...parent, variationIds });
      return { id: parent.id, variationIds };
    },
    /** For a variable product it sets every variation: its own status follows from theirs. */
    setStock(id: number, stockStatus: StockStatus): void {
      const { variationIds } = must(state.products, id, 'product');
      for (const each of variationIds.length === 0 ? [id] : variationIds) change(each, { stockStatus });
    },
    /** Sets the regular price and ends a sale. For a variable product: of every variation. */
    setPrice(id: number, price: string): void {
      const { variationIds } = must(state.products, id, 'product');
      for (const each of variationIds.length === 0 ? [id] : variationIds)
        change(each, { regularPrice: price, salePrice: '' });
    },
    setProduct: change,
    /** As the shop's list of products changes the categories of many at once: it modifies none of them. */
    setCategories(ids: readonly number[], categories: readonly number[]): void {
      for (const id of ids) must(state.products, id, 'product').categories = categories;
    },
    /** Deletes it for good, with its variations. */
    removeProduct(id: number): void {
      const { variationIds, parentId } = must(state.products, id, 'product');
      for (const each of [id, ...variationIds]) state.products.delete(each);
      const parent = state.products.get(parentId);
      if (parent === undefined) return;
      parent.variationIds = parent.variationIds.filter((each) => each !== id);
      parent.modifiedAt = state.now();
    },
  };
}
