import type { World } from '../support/world.js';

/** The mirror's orders by id. */
export async function mirroredOrders({ database }: World) {
  const { orders } = database.tables;
  return await database.query((orm) => orm.select().from(orders).orderBy(orders.orderId));
}

/** What the mirror says of the person with this phone. */
export async function customerRow({ database }: World, phone: string) {
  const { customers } = database.tables;
  return (await database.query((orm) => orm.select().from(customers))).find((row) => row.phone === phone);
}
