/** What the program knows of a shop, in its own words: the shapes that the rooms shop, db and jobs hand each other. */

/** How the shop writes a price (WooCommerce, settings > general). */
export interface PriceFormat {
  /** ISO 4217, e.g. `USD`. */
  readonly currency: string;
  /** Plain text, entities decoded, e.g. `$`. */
  readonly symbol: string;
  readonly position: 'left' | 'right' | 'left_space' | 'right_space';
  readonly thousandSeparator: string;
  readonly decimalSeparator: string;
  readonly decimals: number;
}

export interface SiteFacts {
  readonly name: string;
  /** The shop's home address, without a slash at the end. */
  readonly home: string;
  /** An IANA name or a plain offset such as `+05:30`; both are Temporal time zone ids. */
  readonly zone: string;
  readonly priceFormat: PriceFormat;
  /** ISO 3166 alpha-2 of the shop's base address, if the shop tells it. */
  readonly country: string | null;
}

export interface ShopProduct {
  readonly id: number;
  /** `simple`, `variable`, `variation`, ... */
  readonly type: string;
  /** The variable product of a variation. */
  readonly parentId: number | null;
  /** Plain text: tags removed, entities decoded. A variation carries its parent's name too: `Mug - Red`. */
  readonly name: string;
  /** Decimal string in the shop's currency; null when the product has no price and so cannot be bought. */
  readonly price: string | null;
  readonly stockStatus: 'instock' | 'outofstock' | 'onbackorder';
  /** Pieces left, or owed when negative; null unless the shop counts them. Variations whose parent counts share the parent's number. */
  readonly stockQuantity: number | null;
  /** Whose stock that is: the parent's where the variations share it, otherwise its own id. */
  readonly stockId: number;
  /** False for drafts, private and deleted products: they are never advertised. */
  readonly published: boolean;
  readonly permalink: string;
  /** The parent's, for a variation. */
  readonly categoryIds: readonly number[];
  /** Milliseconds, UTC. */
  readonly createdAt: number;
}

/** What rarely changes of a product. */
export interface CatalogueEntry {
  readonly id: number;
  /** The variable product of a variation: of such an entry all that follows is the parent's. */
  readonly parentId: number | null;
  /** Plain text. */
  readonly name: string;
  /** `publish`, `draft`, `private`, ... ; `gone` when the shop has no such product. */
  readonly status: string;
  readonly categoryIds: readonly number[];
}

export interface ShopOrderItem {
  readonly productId: number;
  /** 0 for a simple product. */
  readonly variationId: number;
  readonly quantity: number;
}

export interface ShopOrder {
  readonly id: number;
  /** Without the `wc-` prefix; `trash` for a trashed order. */
  readonly status: string;
  readonly currency: string;
  /** Decimal string, as charged: refunds are not taken off. */
  readonly total: string;
  /** Decimal string, zero or positive: the sum of the refunds. */
  readonly refunded: string;
  /** 0 for a guest. */
  readonly customerId: number;
  /** E.164 with plus, or null when there is none or it is no possible number. */
  readonly phone: string | null;
  readonly email: string | null;
  readonly firstName: string | null;
  /** ISO 3166 alpha-2 of the billing address. */
  readonly country: string | null;
  readonly createdAt: number;
  readonly paidAt: number | null;
  readonly modifiedAt: number;
  readonly items: readonly ShopOrderItem[];
  /** What the configured consent meta keys say; null when the order carries none of them. */
  readonly marketingConsent: boolean | null;
  /** What the configured language meta keys say, e.g. `es_ES`. */
  readonly language: string | null;
}

export interface ShopAccount {
  readonly id: number;
  /** E.164 with plus, or null when there is none or it is no possible number. */
  readonly phone: string | null;
  readonly email: string | null;
  /** What the configured account meta keys say; null when the account carries none of them. */
  readonly consent: boolean | null;
}
