import {
  bigint,
  customType,
  datetime,
  decimal,
  index,
  int,
  mysqlTableCreator,
  primaryKey,
  smallint,
  text,
  tinyint,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/mysql-core';
import { jsonColumn } from './json.js';

/** Keys and phones of our own tables: bytes, so that no collation of the shop's tables can matter. */
const ascii = (length: number) =>
  customType<{ data: string; driverData: string }>({
    dataType: () => `varchar(${length}) CHARACTER SET ascii COLLATE ascii_bin`,
  });
/** As documented: drizzle's own tinyint has no display width, and MariaDB would make it TINYINT(4). */
const flag = customType<{ data: number; driverData: number }>({ dataType: () => 'tinyint(1)' });
const phone = ascii(20);
const word = ascii(20);
const hookName = ascii(100);
const key = ascii(191);
const reasonWord = ascii(40);

const id = () => bigint('id', { mode: 'number', unsigned: true }).notNull().autoincrement();
const ref = (name: string) => bigint(name, { mode: 'number', unsigned: true });
/** UTC always: pool.ts sets every session's time_zone to +00:00. */
const second = (name: string) => datetime(name, { mode: 'date' });
const milli = (name: string) => datetime(name, { mode: 'date', fsp: 3 });
const money = (name: string) => decimal(name, { precision: 26, scale: 8 });

/**
 * The tables, each named `{prefix}name`. reengagement_log, product_views and customer_profiles are the job documentation's
 * (there and in facts about the plugin every documented column, type and index stands); what we need more is added behind them.
 * Index and key names carry no prefix and are short: a prefix of 40 characters must stay under MySQL's limit of 64 (drizzle would
 * name a column's own primary key after the table, hence the named ones).
 */
export function makeTables(prefix: string) {
  const table = mysqlTableCreator((name) => `${prefix}${name}`);

  const reengagementLog = table(
    'reengagement_log',
    {
      id: id(),
      customerPhone: varchar('customer_phone', { length: 20 }).notNull(),
      campaignType: varchar('campaign_type', { length: 50 }).notNull(),
      messageId: varchar('message_id', { length: 255 }),
      /** reserved, sending, sent, delivered, read, failed, unknown. */
      status: varchar('status', { length: 20 }).default('sent'),
      sentAt: second('sent_at').notNull(),
      converted: flag('converted').default(0),
      orderId: ref('order_id'),
      convertedAt: second('converted_at'),
      actionId: ref('action_id'),
      /** The claim that reserved the row: whoever marks it as sending must still hold it. */
      claimId: word('claim_id'),
      couponCode: word('coupon_code'),
      /** JSON: the product views that the message answers, from when it is marked as being sent. */
      answeredViews: jsonColumn('answered_views'),
      errorCode: int('error_code'),
      error: varchar('error', { length: 255 }),
    },
    (t) => [
      primaryKey({ name: 'pk', columns: [t.id] }),
      index('idx_customer_phone').on(t.customerPhone),
      index('idx_campaign_type').on(t.campaignType),
      index('idx_sent_at').on(t.sentAt),
      uniqueIndex('uq_action').on(t.actionId),
      index('idx_message').on(t.messageId),
    ],
  );

  const productViews = table(
    'product_views',
    {
      id: id(),
      customerPhone: varchar('customer_phone', { length: 20 }).notNull(),
      productId: ref('product_id').notNull(),
      priceAtView: decimal('price_at_view', { precision: 10, scale: 2 }),
      inStock: flag('in_stock').default(1),
      viewedAt: second('viewed_at').notNull(),
      /** Who wrote the row; NULL: somebody else, in the shop's local time, until the hourly job adopts it. */
      source: word('source'),
      /** The lowest price that the customer was told of. */
      priceTold: decimal('price_told', { precision: 10, scale: 2 }),
      /** When the customer was last told that the product is back. */
      stockToldAt: second('stock_told_at'),
    },
    (t) => [
      primaryKey({ name: 'pk', columns: [t.id] }),
      index('idx_customer_product').on(t.customerPhone, t.productId),
      index('idx_product_stock').on(t.productId, t.inStock),
      index('idx_viewed_at').on(t.viewedAt),
      index('idx_source').on(t.source, t.viewedAt),
      index('idx_waiting').on(t.inStock, t.productId, t.viewedAt),
      index('idx_product_viewed').on(t.productId, t.viewedAt),
    ],
  );

  const customerProfiles = table(
    'customer_profiles',
    {
      id: id(),
      phone: varchar('phone', { length: 20 }).notNull(),
      wcCustomerId: ref('wc_customer_id'),
      name: varchar('name', { length: 100 }).notNull(),
      email: varchar('email', { length: 100 }),
      lastKnownAddress: jsonColumn('last_known_address'),
      savedAddresses: jsonColumn('saved_addresses'),
      preferences: jsonColumn('preferences'),
      tags: jsonColumn('tags'),
      totalOrders: int('total_orders').default(0),
      totalSpent: decimal('total_spent', { precision: 10, scale: 2 }).default('0'),
      optInMarketing: flag('opt_in_marketing').default(0),
      notificationOptOut: flag('notification_opt_out').default(0),
      lastInteractionAt: second('last_interaction_at'),
      marketingOptedAt: second('marketing_opted_at'),
      createdAt: second('created_at').notNull(),
      updatedAt: second('updated_at').notNull(),
    },
    (t) => [
      primaryKey({ name: 'pk', columns: [t.id] }),
      uniqueIndex('phone').on(t.phone),
      index('wc_customer_id').on(t.wcCustomerId),
      index('total_orders').on(t.totalOrders),
      index('total_spent').on(t.totalSpent),
    ],
  );

  /** One row a person (E.164 with plus): what the shop's orders say. It is also the row that a reservation locks. */
  const customers = table(
    'reengagement_customers',
    {
      phone: phone('phone').notNull(),
      firstName: varchar('first_name', { length: 100 }),
      email: varchar('email', { length: 191 }),
      country: word('country'),
      language: word('language'),
      lastPaidAt: second('last_paid_at'),
      paidOrders: int('paid_orders').notNull().default(0),
      /** JSON: currency to decimal string, paid orders net of refunds. */
      lifetimeValues: jsonColumn('lifetime_values'),
      /** What the newest order that carries a consent meta key says. */
      orderConsent: flag('order_consent'),
      /** What the consent meta keys of the shop's accounts with this phone say. */
      accountConsent: flag('account_consent'),
      /** When Meta said for good that the number cannot be reached (131026). */
      undeliverableAt: second('undeliverable_at'),
      /** Since when the person buys under another phone: nobody writes to a number that was given up. */
      replacedAt: second('replaced_at'),
      lastInboundAt: second('last_inbound_at'),
    },
    (t) => [primaryKey({ name: 'pk', columns: [t.phone] }), index('idx_last_paid').on(t.lastPaidAt, t.phone)],
  );

  /** The queue's journal. */
  const actions = table(
    'reengagement_actions',
    {
      id: id(),
      hook: hookName('hook').notNull(),
      groupSlug: word('group_slug').notNull(),
      args: jsonColumn('args').notNull(),
      /** pending, in-progress, complete, failed, canceled. */
      status: word('status').notNull(),
      priority: tinyint('priority', { unsigned: true }).notNull(),
      scheduledAt: milli('scheduled_at').notNull(),
      attempts: smallint('attempts', { unsigned: true }).notNull().default(0),
      claimId: word('claim_id'),
      /** In the database's own time: two hosts' clocks differ. */
      leaseUntil: milli('lease_until'),
      /** Held from the dispatch on, given up when the action ends without having done its work. */
      uniqueKey: key('unique_key'),
      /** Held until the action ends: there is one unfinished action a key. */
      unfinishedKey: key('unfinished_key'),
      createdAt: milli('created_at').notNull(),
      startedAt: milli('started_at'),
      endedAt: milli('ended_at'),
      /** How it ended, or why it waits: a key of the table of endings, or a reason to skip. */
      reason: reasonWord('reason'),
      result: jsonColumn('result'),
      error: text('error'),
      /** Of a message: whom it is for, as canonicalPhone gives it. */
      phone: phone('phone'),
      /** One line for each time that it was put off, the newest first, bounded: settle.ts. */
      history: text('history'),
    },
    (t) => [
      primaryKey({ name: 'pk', columns: [t.id] }),
      index('idx_phone').on(t.phone, t.id),
      index('idx_claim').on(t.hook, t.status, t.priority, t.scheduledAt, t.id),
      index('idx_due').on(t.status, t.scheduledAt),
      index('idx_lease').on(t.status, t.leaseUntil),
      index('idx_claim_id').on(t.claimId),
      index('idx_ended').on(t.status, t.endedAt),
      uniqueIndex('uq_key').on(t.uniqueKey),
      uniqueIndex('uq_unfinished').on(t.unfinishedKey),
    ],
  );

  const orders = table(
    'reengagement_orders',
    {
      orderId: ref('order_id').notNull(),
      phone: phone('phone'),
      /** Whose order it is: its own phone, or else what its account or its email is known by. */
      person: phone('person'),
      customerId: ref('customer_id').notNull(),
      email: varchar('email', { length: 191 }),
      firstName: varchar('first_name', { length: 100 }),
      country: word('country'),
      language: word('language'),
      status: word('status').notNull(),
      currency: word('currency').notNull(),
      total: money('total').notNull(),
      refunded: money('refunded').notNull(),
      marketingConsent: flag('marketing_consent'),
      createdAt: second('created_at').notNull(),
      paidAt: second('paid_at'),
      modifiedAt: second('modified_at').notNull(),
    },
    (t) => [
      primaryKey({ name: 'pk', columns: [t.orderId] }),
      index('idx_person').on(t.person, t.createdAt),
      index('idx_customer').on(t.customerId),
      index('idx_email').on(t.email),
      index('idx_modified').on(t.modifiedAt),
    ],
  );

  const orderItems = table(
    'reengagement_order_items',
    {
      orderId: ref('order_id').notNull(),
      productId: ref('product_id').notNull(),
      variationId: ref('variation_id').notNull(),
      quantity: int('quantity').notNull(),
    },
    (t) => [
      primaryKey({ name: 'pk', columns: [t.orderId, t.productId, t.variationId] }),
      index('idx_product').on(t.productId),
    ],
  );

  /** The shop's accounts: a phone and an email to know guests and phone-less orders by, and consent in account meta. */
  const accounts = table(
    'reengagement_accounts',
    {
      customerId: ref('customer_id').notNull(),
      phone: phone('phone'),
      email: varchar('email', { length: 191 }),
      /** What the configured account meta keys say. */
      consent: flag('consent'),
      checkedAt: second('checked_at').notNull(),
    },
    (t) => [
      primaryKey({ name: 'pk', columns: [t.customerId] }),
      index('idx_phone').on(t.phone),
      index('idx_email').on(t.email),
    ],
  );

  /** What rarely changes of the shop's products, variations included, so that the jobs need not ask for it. Stock and prices are never kept. */
  const products = table(
    'reengagement_products',
    {
      productId: ref('product_id').notNull(),
      /** The variable product of a variation. */
      parentId: ref('parent_id'),
      /** Plain text. */
      name: varchar('name', { length: 255 }).notNull(),
      /** publish, draft, pending, private, ... A variation's is its parent's. */
      status: word('status').notNull(),
      /** JSON: a list of ids. A variation's are its parent's. */
      categoryIds: jsonColumn('category_ids').notNull(),
    },
    (t) => [primaryKey({ name: 'pk', columns: [t.productId] })],
  );

  /** What messages brought: one row an order, since an order converts once. Worked out by conversions.ts from the mirror and the log. */
  const conversions = table(
    'reengagement_conversions',
    {
      orderId: ref('order_id').notNull(),
      logId: ref('log_id').notNull(),
      phone: phone('phone').notNull(),
      currency: word('currency').notNull(),
      /** Total less refunds. */
      revenue: money('revenue').notNull(),
      /** When the order was paid. */
      convertedAt: second('converted_at').notNull(),
    },
    (t) => [
      primaryKey({ name: 'pk', columns: [t.orderId] }),
      index('idx_log').on(t.logId),
      index('idx_phone').on(t.phone),
    ],
  );

  /** Append-only: who agreed or declined, when, and where that was said. The newest row of a phone decides. */
  const consent = table(
    'reengagement_consent',
    {
      id: id(),
      phone: phone('phone').notNull(),
      /** grant or revoke. */
      decision: word('decision').notNull(),
      source: varchar('source', { length: 191 }).notNull(),
      decidedAt: second('decided_at').notNull(),
    },
    (t) => [primaryKey({ name: 'pk', columns: [t.id] }), index('idx_phone').on(t.phone, t.id)],
  );

  /** Small named facts that have to outlive the process: sync cursors. */
  const watermarks = table(
    'reengagement_watermarks',
    {
      name: hookName('name').notNull(),
      value: jsonColumn('value').notNull(),
      updatedAt: milli('updated_at').notNull(),
    },
    (t) => [primaryKey({ name: 'pk', columns: [t.name] })],
  );

  return {
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
  };
}

export type Tables = ReturnType<typeof makeTables>;
