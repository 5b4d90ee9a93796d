import { expect } from 'chai';
import { newAction } from '../../src/queue/action.js';
import { HOOKS, unfinishedKey } from '../../src/queue/hooks.js';
import { payloadMeta, unwrapPayload, wrapPayload } from '../../src/queue/payload.js';

const ARGS = { customer_phone: '+1234567890', campaign_type: 'back_in_stock' };
const META = { queued_at: '2024-01-15 10:30:00', source: 'back_in_stock_checker', priority: 'high' };
const V2 = { _wch_version: 2, args: ARGS, _wch_meta: META };

const wrapped = (times: number): unknown =>
  Array.from({ length: times }).reduce<unknown>((args) => ({ _wch_version: 2, args, _wch_meta: {} }), ARGS);

describe('payload', () => {
  for (const [form, payload] of [
    ['legacy', ARGS],
    ['v2', V2],
    ['v2 without metadata', { _wch_version: 2, args: ARGS }],
    ['v2 with the version as a text, as JSON of PHP may have it', { _wch_version: '2', args: ARGS }],
    ['v2 that the dispatcher wrapped again', { _wch_version: 2, args: V2, _wch_meta: { source: 'dispatch' } }],
    ['v2 wrapped five times', wrapped(5)],
    ["Action Scheduler's list of a legacy payload", [ARGS]],
    ["Action Scheduler's list of a v2 payload", [V2]],
    ['a v2 payload around such a list', { _wch_version: 2, args: [V2] }],
  ] as const) {
    it(`is unwrapped from the form: ${form}`, () => {
      expect(unwrapPayload(payload)).to.deep.equal(ARGS);
    });
  }

  for (const nothing of [
    null,
    undefined,
    [],
    {},
    'text',
    7,
    [1, 2],
    [[]],
    { _wch_version: 2, args: [] },
    { _wch_version: 2, args: null },
  ]) {
    it(`has no arguments where it is ${JSON.stringify(nothing)}`, () => {
      expect(unwrapPayload(nothing)).to.deep.equal({});
    });
  }

  it('that was wrapped without end has no arguments, and takes no time', () => {
    const lists = Array.from({ length: 50_000 }).reduce<unknown>((args) => [{ _wch_version: 2, args }], ARGS);
    expect(unwrapPayload(wrapped(50_000))).to.not.have.property('customer_phone');
    expect(unwrapPayload(lists)).to.not.have.property('customer_phone');
  });

  it('is wrapped into the v2 form, and one that has it stays as it is', () => {
    expect(wrapPayload(ARGS, { source: 'dispatch' })).to.deep.equal({
      _wch_version: 2,
      args: ARGS,
      _wch_meta: { source: 'dispatch' },
    });
    expect(wrapPayload(V2, { source: 'dispatch' })).to.equal(V2);
  });

  it('tells its metadata, and of what is no text nothing', () => {
    expect(payloadMeta(V2)).to.deep.equal(META);
    expect(payloadMeta({ ...V2, _wch_meta: { queued_at: 5, priority: null, source: 'x', more: 'y' } })).to.deep.equal({
      source: 'x',
    });
    for (const nothing of [ARGS, [], null, { ...V2, _wch_meta: 'high' }])
      expect(payloadMeta(nothing)).to.deep.equal({});
  });

  it('tells its metadata from inside a list and from inside another wrapping, which wins where both say a thing', () => {
    expect(payloadMeta([V2])).to.deep.equal(META);
    expect(payloadMeta({ _wch_version: 2, args: V2, _wch_meta: { source: 'dispatch' } })).to.deep.equal({
      ...META,
      source: 'dispatch',
    });
  });
});

describe('an action', () => {
  const priority = (value: unknown) =>
    newAction(HOOKS.sendMessage, { ...V2, _wch_meta: { priority: value } }, 0).priority;

  it('of high priority comes before one of normal priority, and that before one of low priority', () => {
    expect(priority('high')).to.be.below(priority('normal'));
    expect(priority('normal')).to.be.below(priority('low'));
  });

  it('has normal priority where its payload says none, or one that there is not', () => {
    for (const value of [undefined, 'urgent', 3]) expect(priority(value)).to.equal(priority('normal'));
    expect(newAction(HOOKS.sendMessage, ARGS, 0).priority).to.equal(priority('normal'));
  });

  it('of group wch', () => {
    expect(newAction(HOOKS.pruneActions, [], 0).group).to.equal('wch');
  });
});

describe('the key of what may be unfinished once', () => {
  const send = (payload: unknown) => unfinishedKey(HOOKS.sendMessage, payload);

  it('of a send is the phone, with and without plus, in every form of the payload', () => {
    const bare = { ...ARGS, customer_phone: '1234567890' };
    const keys = [ARGS, V2, [V2], wrapped(3), bare, { _wch_version: 2, args: bare }].map(send);
    expect(new Set(keys)).to.deep.equal(new Set(['send:+1234567890']));
  });

  it('is none for a send whose phone is missing or none: each such payload is kept', () => {
    for (const phone of [undefined, '', 'x', 12345, '+', '+0123', '+1234567890123456'])
      expect(send({ ...ARGS, customer_phone: phone })).to.equal(null);
  });

  it('of a job by hand is the job', () => {
    expect(unfinishedKey(HOOKS.processCampaigns, [])).to.equal(unfinishedKey(HOOKS.processCampaigns, { any: 1 }));
    expect(unfinishedKey(HOOKS.processCampaigns, [])).to.not.equal(unfinishedKey(HOOKS.checkBackInStock, []));
  });

  it('is none for the deletion of coupons: any number may wait', () => {
    expect(unfinishedKey(HOOKS.deleteCoupon, { coupon_code: 'LOYAL1' })).to.equal(null);
  });
});
