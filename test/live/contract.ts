import { orderChecks } from './check-orders.js';
import { productChecks } from './check-products.js';
import { siteChecks } from './check-site.js';
import type { Check } from './finding.js';

/** What the code relies on in any shop. A key that may only read is enough, and nothing is changed. */
export const contract: readonly Check[] = [...siteChecks, ...orderChecks, ...productChecks];
