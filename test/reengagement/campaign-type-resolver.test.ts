import { expect } from 'chai';
import fc from 'fast-check';
import { CAMPAIGN_TYPES, type CampaignType } from '../../src/reengagement/campaign-type.js';
import {
  resolveCampaignType,
  type CustomerInterest,
  type ResolverContext,
} from '../../src/reengagement/campaign-type-resolver.js';
import { byId, daysAgo, NOW, shopProduct, view } from './facts.js';

const WAITED_FOR = shopProduct(1);
const CHEAPER = shopProduct(2, { price: '5.00' });
const NEW = shopProduct(3, { createdAt: daysAgo(3), categoryIds: [8, 9] });

const nobody: CustomerInterest = {
  views: [],
  boughtAt: new Map(),
  boughtCategoryIds: new Set(),
  lifetimeValue: '0',
  lastPaidAt: daysAgo(90),
};
/** Every campaign type applies. */
const everything: CustomerInterest = {
  views: [view(11, 1, { inStock: false }), view(12, 2)],
  boughtAt: new Map([[77, daysAgo(90)]]),
  boughtCategoryIds: new Set([9]),
  lifetimeValue: '800.00',
  lastPaidAt: daysAgo(90),
};
const context = (changes: Partial<ResolverContext> = {}): ResolverContext => ({
  now: NOW,
  products: byId(WAITED_FOR, CHEAPER),
  newProducts: [NEW],
  sendable: new Set(CAMPAIGN_TYPES),
  settings: {
    viewWindowDays: 30,
    priceDropPercent: 10,
    backordersInStock: false,
    repeatAfterDays: 30,
    customersPerUnit: null,
    inactivityThresholdDays: 60,
    loyaltyMinLtv: 500,
  },
  ...changes,
});
const arrivals = (customer: Partial<CustomerInterest>, ...newProducts: ResolverContext['newProducts']) =>
  resolveCampaignType({ ...everything, ...customer }, context({ sendable: new Set(['new_arrivals']), newProducts }))
    ?.productIds ?? null;

describe('campaign-type resolver', () => {
  it('follows the documented priority as one type after the other falls away', () => {
    const resolved = CAMPAIGN_TYPES.map((_, skipped) =>
      resolveCampaignType(everything, context({ sendable: new Set(CAMPAIGN_TYPES.slice(skipped)) })),
    );
    expect(resolved).to.deep.equal([
      { campaignType: 'back_in_stock', productIds: [1], viewIds: [11] },
      { campaignType: 'price_drop', productIds: [2], viewIds: [12] },
      { campaignType: 'loyalty_reward', productIds: [], viewIds: [] },
      { campaignType: 'new_arrivals', productIds: [3], viewIds: [] },
      { campaignType: 'we_miss_you', productIds: [], viewIds: [] },
    ]);
  });

  it('misses a customer for whom nothing else applies', () => {
    expect(resolveCampaignType(nobody, context())?.campaignType).to.equal('we_miss_you');
  });

  it('resolves nothing when nothing is sendable', () => {
    expect(resolveCampaignType(everything, context({ sendable: new Set() }))).to.equal(null);
  });

  it('resolves nothing when what is sendable does not apply', () => {
    expect(resolveCampaignType(nobody, context({ sendable: new Set(['price_drop', 'loyalty_reward']) }))).to.equal(
      null,
    );
  });

  it('never resolves a type that is not sendable', () => {
    fc.assert(
      fc.property(fc.subarray([...CAMPAIGN_TYPES]), (types: readonly CampaignType[]) => {
        const resolved = resolveCampaignType(everything, context({ sendable: new Set(types) }));
        expect(resolved?.campaignType).to.equal(CAMPAIGN_TYPES.find((type) => types.includes(type)));
      }),
    );
  });

  it('answers every view that waits for a product, and names the product once', () => {
    const views = [
      view(11, 1, { inStock: false, viewedAt: daysAgo(9) }),
      view(12, 1, { inStock: false, viewedAt: daysAgo(4) }),
      view(13, 1, { inStock: true }),
    ];
    expect(resolveCampaignType({ ...nobody, views }, context())).to.deep.equal({
      campaignType: 'back_in_stock',
      productIds: [1],
      viewIds: [11, 12],
    });
  });

  it('counts a view no more once the product was bought', () => {
    for (const [days, expected] of [
      [4, 'we_miss_you'],
      [5, 'we_miss_you'],
      [6, 'back_in_stock'],
    ] as const) {
      const customer = { ...nobody, views: [view(11, 1, { inStock: false })], boughtAt: new Map([[1, daysAgo(days)]]) };
      expect(resolveCampaignType(customer, context())?.campaignType).to.equal(expected);
    }
  });

  it('tells nobody again who was told lately and has bought it since', () => {
    const told = { ...view(1, 1), viewedAt: daysAgo(9), stockToldAt: daysAgo(8) };
    const again = view(2, 1, { inStock: false, viewedAt: daysAgo(2) });
    const customer = { ...everything, views: [told, again], boughtAt: new Map([[1, daysAgo(5)]]) };
    const about = { products: byId(shopProduct(1)), sendable: new Set(['back_in_stock'] as const) };
    expect(resolveCampaignType(customer, context(about))).to.equal(null);
  });

  it('counts a price drop no more once the product was bought', () => {
    const customer = { ...nobody, views: [view(12, 2)], boughtAt: new Map([[2, daysAgo(1)]]) };
    expect(resolveCampaignType(customer, context())?.campaignType).to.equal('we_miss_you');
  });

  it('rewards who has spent the minimum, not who has ordered often (fault 13)', () => {
    const type = (lifetimeValue: string) => resolveCampaignType({ ...nobody, lifetimeValue }, context())?.campaignType;
    expect([type('500.00'), type('499.99')]).to.deep.equal(['loyalty_reward', 'we_miss_you']);
  });
});

describe('campaign-type resolver: new arrivals', () => {
  it('are in a category that the customer bought from', () => {
    expect(arrivals({}, NEW)).to.deep.equal([3]);
    expect(arrivals({ boughtCategoryIds: new Set([5]) }, NEW)).to.equal(null);
  });

  it('fall back to no old products (fault 14)', () => {
    const old = [60, 61, 300].map((days, index) =>
      shopProduct(20 + index, { createdAt: daysAgo(days), categoryIds: [9] }),
    );
    expect(arrivals({}, ...old)).to.equal(null);
  });

  it('are younger than the last purchase', () => {
    expect(arrivals({ lastPaidAt: daysAgo(3) }, NEW)).to.equal(null);
    expect(arrivals({ lastPaidAt: daysAgo(4) }, NEW)).to.deep.equal([3]);
  });

  it('are not what the customer has bought already', () => {
    expect(arrivals({ boughtAt: new Map([[3, daysAgo(90)]]) }, NEW)).to.equal(null);
  });

  it('can be bought', () => {
    expect(arrivals({}, { ...NEW, stockStatus: 'outofstock' })).to.equal(null);
    expect(arrivals({}, { ...NEW, published: false })).to.equal(null);
  });

  it('are named the newest first', () => {
    expect(arrivals({}, NEW, { ...NEW, id: 4, createdAt: daysAgo(1) }, { ...NEW, id: 5 })).to.deep.equal([4, 5, 3]);
  });

  it('are the newest thirty where a shop that was moved has thousands', () => {
    const thousands = Array.from({ length: 3_000 }, (_, index) => ({ ...NEW, id: 100 + index }));
    expect(arrivals({}, ...thousands)).to.deep.equal(Array.from({ length: 30 }, (_, index) => 3_099 - index));
  });
});
