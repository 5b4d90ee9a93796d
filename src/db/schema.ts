import { PREFIX_TOKEN } from './prefix.js';
import { makeTables } from './tables.js';

/** What drizzle-kit reads: the tables with a token where the configured prefix goes. */
export const {
  reengagementLog,
  productViews,
  customerProfiles,
  customers,
  actions,
  orders,
  orderItems,
  accounts,
  products,
  conversions,
  consent,
  watermarks,
} = makeTables(PREFIX_TOKEN);
