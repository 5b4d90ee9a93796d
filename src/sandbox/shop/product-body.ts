import { amount, currencyEntity } from './money.js';
import { links } from './rest.js';
import { datePair, type Product, type ShopState, slugify, type StockStatus } from './state.js';

/** What the product is sold for now: the sale price if there is one. */
const ownPrice = ({ regularPrice, salePrice }: Product): string => (salePrice === '' ? regularPrice : salePrice);

const variationsOf = (state: ShopState, product: Product): Product[] =>
  product.variationIds.flatMap((id) => state.products.get(id) ?? []);

function prices(state: ShopState, product: Product): string[] {
  const all = product.type === 'variable' ? variationsOf(state, product).map(ownPrice) : [ownPrice(product)];
  return all.filter((price) => price !== '').sort((a, b) => Number(a) - Number(b));
}

/** A variable product costs what its cheapest variation costs; '' if nothing has a price. */
export const priceOf = (state: ShopState, product: Product): string => prices(state, product)[0] ?? '';

/** A variable product is in stock as soon as one variation is. */
export function stockStatusOf(state: ShopState, product: Product): StockStatus {
  if (product.type !== 'variable') return product.stockStatus;
  const statuses = variationsOf(state, product).map(({ stockStatus }) => stockStatus);
  if (statuses.includes('instock')) return 'instock';
  return statuses.includes('onbackorder') ? 'onbackorder' : 'outofstock';
}

/** A variation that counts no stock of its own shares what its parent counts. */
function stockOf(state: ShopState, { stockQuantity, parentId }: Product) {
  const shared = state.products.get(parentId)?.stockQuantity ?? null;
  if (stockQuantity === null && shared !== null) return { manage_stock: 'parent', stock_quantity: shared };
  return { manage_stock: stockQuantity !== null, stock_quantity: stockQuantity };
}

function onSale(state: ShopState, product: Product): boolean {
  const all = product.type === 'variable' ? variationsOf(state, product) : [product];
  return all.some(({ salePrice }) => salePrice !== '');
}

/** A variation's attribute in the address: `pa_color`. */
const attributeSlug = (name: string): string => `pa_${slugify(name)}`;

function permalink(state: ShopState, product: Product): string {
  if (product.type === 'variation') {
    const parent = state.products.get(product.parentId);
    const query = `?attribute_${attributeSlug(product.attribute?.name ?? '')}=${slugify(product.attribute?.option ?? '')}`;
    return `${state.home}/product/${parent?.slug ?? ''}/${query}`;
  }
  if (product.status === 'draft' || product.status === 'pending')
    return `${state.home}/?post_type=product&p=${product.id}`;
  return `${state.home}/product/${product.slug}/`;
}

function priceHtml(state: ShopState, product: Product): string {
  const money = (price: string) =>
    `<span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol" translate="no">` +
    `${currencyEntity(state.settings.currency)}</span>${amount(price, state.settings.decimals)}</bdi></span>`;
  const all = prices(state, product);
  const [lowest, highest] = [all[0], all.at(-1)];
  if (lowest === undefined || highest === undefined) return '';
  if (lowest !== highest) return `${money(lowest)} <span aria-hidden="true">&ndash;</span> ${money(highest)}`;
  if (product.type !== 'variable' && product.salePrice !== '')
    return `<del aria-hidden="true">${money(product.regularPrice)}</del> <ins aria-hidden="true">${money(lowest)}</ins>`;
  return money(lowest);
}

/** What products and variations have in common. */
function sharedFields(state: ShopState, product: Product) {
  const { time } = state;
  const stock = stockStatusOf(state, product);
  const price = priceOf(state, product);
  return {
    dates: {
      ...datePair('date_created', product.createdAt, time),
      ...datePair('date_modified', product.modifiedAt, time),
    },
    pricing: {
      price,
      // A variable product has no regular price of its own.
      regular_price: product.type === 'variable' ? '' : product.regularPrice,
      sale_price: product.type === 'variable' ? '' : product.salePrice,
      ...datePair('date_on_sale_from', null, time),
      ...datePair('date_on_sale_to', null, time),
      on_sale: onSale(state, product),
    },
    purchasable: price !== '',
    downloads: { virtual: false, downloadable: false, downloads: [], download_limit: -1, download_expiry: -1 },
    tax: { tax_status: 'taxable', tax_class: '' },
    stock: stockOf(state, product),
    stock_status: stock,
    backorders: {
      backorders: stock === 'onbackorder' ? 'notify' : 'no',
      backorders_allowed: stock === 'onbackorder',
      backordered: stock === 'onbackorder',
      low_stock_amount: null,
    },
    dimensions: { weight: '', dimensions: { length: '', width: '', height: '' } },
    shippingClass: { shipping_class: '', shipping_class_id: 0 },
  };
}

function attributes(state: ShopState, product: Product) {
  if (product.attribute === null) return [];
  const { name, option } = product.attribute;
  const attribute = { id: 1, name, slug: attributeSlug(name) };
  if (product.type === 'variation') return [{ ...attribute, option }];
  const options = variationsOf(state, product).flatMap((variation) => variation.attribute?.option ?? []);
  return [{ ...attribute, position: 0, visible: true, variation: true, options: options.sort() }];
}

/** `/products` and `/products/<id>`. A variation's id answers too, under its parent's name. */
export function productBody(state: ShopState, product: Product) {
  const shared = sharedFields(state, product);
  const variation = product.type === 'variation';
  const api = `${state.home}/wp-json/wc/v3/products`;
  const parent = variation ? state.products.get(product.parentId) : undefined;
  return {
    id: product.id,
    name: parent === undefined ? product.name : `${parent.name} - ${product.name}`,
    slug: product.slug,
    permalink: permalink(state, product),
    ...shared.dates,
    type: product.type,
    status: product.status,
    featured: false,
    catalog_visibility: 'visible',
    description: product.description,
    short_description: product.shortDescription,
    sku: product.sku,
    ...shared.pricing,
    purchasable: shared.purchasable,
    // Text for a variation and a number for the others: recorded so.
    total_sales: variation ? '0' : 0,
    ...shared.downloads,
    external_url: '',
    button_text: '',
    ...shared.tax,
    ...shared.stock,
    ...shared.backorders,
    sold_individually: false,
    ...shared.dimensions,
    shipping_required: true,
    shipping_taxable: true,
    ...shared.shippingClass,
    reviews_allowed: !variation,
    average_rating: '0.00',
    rating_count: 0,
    upsell_ids: [],
    cross_sell_ids: [],
    parent_id: product.parentId,
    purchase_note: '',
    categories: product.categories.flatMap((id) => state.categories.get(id) ?? []),
    brands: [],
    tags: [],
    images: [],
    attributes: attributes(state, product),
    default_attributes: [],
    variations: product.variationIds,
    grouped_products: [],
    menu_order: 0,
    price_html: priceHtml(state, product),
    related_ids: [],
    meta_data: [],
    stock_status: shared.stock_status,
    has_options: product.type === 'variable',
    post_password: '',
    global_unique_id: '',
    _links: {
      ...links(`${api}/${product.id}`, api),
      ...(variation ? { up: [{ href: `${api}/${product.parentId}` }] } : {}),
    },
  };
}

/** `/products/<parent>/variations` and `/variations`: the name is only "Red". `_links` differ and are the caller's. */
export function variationBody(state: ShopState, product: Product, bodyLinks: unknown) {
  const shared = sharedFields(state, product);
  return {
    id: product.id,
    type: product.type,
    ...shared.dates,
    description: product.description,
    permalink: permalink(state, product),
    sku: product.sku,
    global_unique_id: '',
    ...shared.pricing,
    status: product.status,
    purchasable: shared.purchasable,
    ...shared.downloads,
    ...shared.tax,
    ...shared.stock,
    stock_status: shared.stock_status,
    ...shared.backorders,
    ...shared.dimensions,
    ...shared.shippingClass,
    image: null,
    gallery_image_ids: [],
    attributes: attributes(state, product),
    menu_order: 0,
    meta_data: [],
    name: product.name,
    parent_id: product.parentId,
    _links: bodyLinks,
  };
}
