import { DAY, HOUR } from '../lib/clock.js';
import type { DemoCatalogue, DemoItem } from './demo-catalogue.js';
import type { Dice } from './demo-dice.js';
import type { DemoPerson } from './demo-people.js';
import type { PretendShop } from './shop/pretend-shop.js';

export interface DemoCustomer extends DemoPerson {
  /** Ticked the box at the checkout; null: was never asked. */
  readonly consent: boolean | null;
}

/** Years of orders up to `now` (milliseconds): accounts and guests, refunds, a second currency, orders that were never paid. */
export function sellForYears(
  shop: PretendShop,
  catalogue: DemoCatalogue,
  people: readonly DemoPerson[],
  dice: Dice,
  now: number,
): DemoCustomer[] {
  return people.map((person) => {
    const customer = { ...person, consent: dice.pick([true, true, true, true, true, true, true, false, false, null]) };
    sellTo(shop, catalogue, customer, dice, now);
    return customer;
  });
}

function sellTo(shop: PretendShop, catalogue: DemoCatalogue, customer: DemoCustomer, dice: Dice, now: number): void {
  const { firstName, lastName, email, typedPhone, country, consent } = customer;
  const billing = { first_name: firstName, last_name: lastName, email, phone: typedPhone, country };
  const customerId = dice.chance(0.6) ? shop.addCustomer({ email, firstName, lastName, billing }) : 0;
  const favourites = dice.draw(catalogue.shelves, dice.chance(0.7) ? 1 : 2).flat();
  const inPounds = country === 'GB' && dice.chance(0.5);
  let daysAgo = dice.chance(0.36) ? dice.between(1, 58) : dice.between(62, 500);
  for (let left = orderCount(dice); left > 0; left--) {
    const paid = !dice.chance(0.04);
    const orderId = shop.placeOrder({
      customerId,
      billing,
      items: basket(dice, favourites),
      status: paid ? 'completed' : dice.pick(['cancelled', 'failed']),
      ...(inPounds ? { currency: 'GBP' } : {}),
      createdAt: now - daysAgo * DAY - dice.between(0, 9 * 60) * (HOUR / 60),
      meta: consent === null ? [] : [{ key: '_wa_consent', value: consent ? 'yes' : 'no' }],
    });
    // The pretend shop dates a refund by its clock, which stands some weeks back here.
    if (paid && daysAgo > 40 && dice.chance(0.05)) refund(shop, orderId, dice);
    daysAgo += dice.between(20, 110);
  }
}

/** Most people buy once or twice, a few again and again. */
function orderCount(dice: Dice): number {
  if (dice.chance(0.1)) return dice.between(9, 18);
  return dice.chance(0.3) ? dice.between(3, 6) : dice.between(1, 2);
}

function basket(dice: Dice, favourites: readonly DemoItem[]) {
  return dice.draw(favourites, dice.between(1, 3)).map((item) => ({ ...item, quantity: dice.pick([1, 1, 1, 2]) }));
}

function refund(shop: PretendShop, orderId: number, dice: Dice): void {
  const total = shop.orders.get(orderId)?.total ?? '0';
  shop.refundOrder(orderId, dice.chance(0.5) ? total : '5.00', 'Arrived broken');
}

/** Counter sales: nobody who could be written to. */
export function sellToPassersBy(shop: PretendShop, catalogue: DemoCatalogue, dice: Dice, now: number): void {
  for (let left = 24; left > 0; left--) {
    shop.placeOrder({
      billing: { country: 'ES' },
      items: basket(dice, catalogue.shelves[0]),
      status: 'completed',
      createdAt: now - dice.between(1, 400) * DAY,
    });
  }
}
