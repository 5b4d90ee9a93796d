import { expect } from 'chai';
import { customersOf } from '../../src/db/customers.js';
import { boughtProducts } from '../../src/db/orders.js';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { useWorld, type World } from '../support/world.js';
import {
  ANA,
  EVA,
  lastSummary,
  messageLog,
  onlySend,
  phoneOf,
  plan,
  queued,
  sendDue,
  sees,
  checkStock,
  typesByPhone,
} from './support.js';

const YES = [{ key: '_wa_consent', value: 'yes' }];

describe('who a customer is', () => {
  const world = useWorld();

  interface Buying {
    readonly customerId?: number;
    readonly phone?: string;
    readonly email?: string;
    readonly productId?: number;
  }

  /** An order with a yes to messages; the phone is none unless told otherwise. */
  function buys(w: World, daysAgo: number, { phone = '', email = '', ...given }: Buying): number {
    const at = w.clock.now() - daysAgo * DAY;
    const productId = given.productId ?? [...w.shop.products.keys()][0]!;
    return w.shop.placeOrder({
      customerId: given.customerId ?? 0,
      billing: { first_name: 'Ana', phone, email, country: 'ES' },
      items: [{ productId }],
      status: 'completed',
      createdAt: at,
      meta: YES,
    });
  }

  it('tells nobody that they are missed whose account bought two days ago without a phone', async () => {
    const w = world();
    const customerId = w.shop.addCustomer({ email: 'ana@shop.example' });
    buys(w, 70, { customerId, phone: ANA });
    buys(w, 2, { customerId });
    w.order(EVA, 70);
    expect(await plan(w)).to.equal(1);
    expect(await typesByPhone(w)).to.have.keys(EVA);
  });

  it('nor a guest whose email did', async () => {
    const w = world();
    buys(w, 70, { phone: ANA, email: 'Ana@shop.example' });
    buys(w, 2, { email: 'ana@shop.example' });
    expect(await plan(w)).to.equal(0);
  });

  it('writes nothing to a number after its account has bought under another, and says why', async () => {
    const w = world();
    const customerId = w.shop.addCustomer({ email: 'ana@shop.example' });
    buys(w, 200, { customerId, phone: ANA });
    buys(w, 70, { customerId, phone: EVA });
    expect(await plan(w)).to.equal(1);
    expect(await typesByPhone(w)).to.deep.equal({ [EVA]: 'we_miss_you' });
    expect(lastSummary(w)['skipped']).to.deep.equal({ phone_replaced: 1 });
    const { summary, sections } = await w.app.explain(ANA);
    expect(summary.join(' ')).to.contain('they buy under another number now');
    expect(JSON.stringify(sections)).to.contain('They bought under another number on').and.not.contain(EVA);
  });

  it('nor of what is back in stock', async () => {
    const w = world();
    const customerId = w.shop.addCustomer({ email: 'ana@shop.example' });
    buys(w, 200, { customerId, phone: ANA });
    buys(w, 5, { customerId, phone: EVA });
    await w.app.sync();
    await sees(w, ANA, w.shop.addProduct({ name: 'Bowl', price: '5.00' }));
    expect(await checkStock(w)).to.equal(0);
  });

  it('writes to it again when it buys again', async () => {
    const w = world();
    const customerId = w.shop.addCustomer({ email: 'ana@shop.example' });
    buys(w, 200, { customerId, phone: ANA });
    buys(w, 150, { customerId, phone: EVA });
    buys(w, 100, { phone: ANA });
    expect(await plan(w)).to.equal(2);
  });

  it('stops a message that is queued when the account buys under another number', async () => {
    const w = world();
    const customerId = w.shop.addCustomer({ email: 'c34600000001@shop.example' });
    await queued(w, ANA);
    w.clock.set(w.clock.now() + HOUR);
    buys(w, 0, { customerId, phone: EVA, email: 'c34600000001@shop.example' });
    await w.app.sync();
    expect(await sendDue(w)).to.deep.equal({ skipped: 1 });
    expect(await onlySend(w)).to.include({ reason: 'phone_replaced' });
  });

  it('counts for the person what an order without a phone bought: in explain, what they have, and what messages brought', async () => {
    const w = world();
    w.order(ANA, 70, { email: 'ana@shop.example' });
    await plan(w);
    await sendDue(w);
    w.clock.set(w.clock.now() + DAY);
    const productId = w.shop.addProduct({ name: 'Bowl', price: '5.00' });
    const id = buys(w, 0, { email: 'ana@shop.example', productId });
    await w.app.sync();
    expect((await customersOf(w.database, [ANA])).get(ANA)).to.deep.include({
      paidOrders: 2,
      lifetimeValues: { USD: '15' },
    });
    expect((await boughtProducts(w.database, [ANA], ['completed'])).get(ANA)?.parents).to.include(productId);
    expect((await messageLog(w))[0]).to.include({ converted: 1, orderId: id });
    const told = JSON.stringify((await w.app.explain(ANA)).sections);
    expect(told).to.contain('it carries no number, and is theirs by the account or the email');
  });

  it('never takes consent from an order that a join brought', async () => {
    const w = world();
    w.order(ANA, 90, { consent: null, email: 'ana@shop.example' });
    buys(w, 70, { email: 'ana@shop.example' });
    expect(await plan(w)).to.equal(0);
    expect(lastSummary(w)['skipped']).to.deep.equal({ no_consent: 1 });
  });

  it('takes nobody for another because a shop types one email for all', async () => {
    const w = world();
    for (let number = 1; number <= 5; number += 1) w.order(phoneOf(number), 60 + number, { email: 'pos@shop.example' });
    buys(w, 1, { email: 'pos@shop.example' });
    expect(await plan(w)).to.equal(5);
  });
});
