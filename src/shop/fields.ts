/**
 * What is asked for with `_fields`. WordPress filters inside objects (`billing.phone`) but not inside lists: `line_items.product_id` would
 * answer with empty lists, so lists are asked for whole.
 */
export const ROOT_FIELDS = 'name,home,gmt_offset,timezone_string';
export const SYSTEM_STATUS_FIELDS = 'settings';
export const SETTING_FIELDS = 'id,value';
export const ORDER_FIELDS =
  'id,status,currency,total,refunds,customer_id,billing.phone,billing.email,billing.first_name,billing.country,date_created_gmt,date_modified_gmt,date_paid_gmt,line_items,meta_data';
export const CUSTOMER_FIELDS = 'id,email,billing.phone,billing.email,billing.country,meta_data';
export const VARIATION_FIELDS =
  'id,type,parent_id,name,price,stock_status,manage_stock,stock_quantity,status,permalink,date_created_gmt';
export const PRODUCT_FIELDS = `${VARIATION_FIELDS},categories,variations,catalog_visibility`;
export const CATALOGUE_FIELDS = 'id,type,name,status,categories,variations,date_modified_gmt';

/** WooCommerce's largest `per_page`. */
export const PAGE_SIZE = 100;
