/** What a template's parameters, and the `{...}` of a text, can be filled with. */
export const TEMPLATE_VARIABLES = [
  'first_name',
  'shop_name',
  'products',
  'product',
  'price',
  'old_price',
  'discount',
  'coupon_code',
  'coupon_expires',
] as const;

export type TemplateVariable = (typeof TEMPLATE_VARIABLES)[number];
