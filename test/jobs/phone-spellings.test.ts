import { expect } from 'chai';
import { DAY, HOUR } from '../../src/lib/clock.js';
import { HOOKS } from '../../src/queue/hooks.js';
import { NOON, useWorld, type World } from '../support/world.js';
import { checkStock, messageLog, onlySend, plan, profile, queueSend, sees, sendDue, sendNow } from './support.js';

/** What WhatsApp calls a mobile, and how it is dialled. */
const PEOPLE = [
  ['Mexican', '5215512345678', '+525512345678', 'MX'],
  ['Brazilian', '555198765432', '+5551998765432', 'BR'],
] as const;

describe('a person whose WhatsApp id is not the number that is dialled', () => {
  const world = useWorld({ whatsapp: { messages_per_second: 1_000 } });

  async function logRow(w: World, customerPhone: string) {
    const sentAt = new Date(NOON - HOUR);
    await w.database.query((orm) =>
      orm.insert(w.database.tables.reengagementLog).values({ customerPhone, campaignType: 'we_miss_you', sentAt }),
    );
  }

  for (const [which, id, phone, country] of PEOPLE)
    describe(`(${which})`, () => {
      for (const stored of [id, `+${id}`]) {
        it(`gets nothing after an opt-out of ${stored}`, async () => {
          const w = world();
          w.order(phone, 70, { country });
          await profile(w, stored, { optIn: true, optOut: true });
          expect(await plan(w)).to.equal(0);
          for (const spelling of [phone, id]) {
            expect(await sendNow(w, spelling)).to.include({ error: 'Customer has opted out' });
          }
          expect(w.whatsapp.accepted).to.deep.equal([]);
        });

        it(`has used up the cap by a message to ${stored}`, async () => {
          const w = world();
          w.order(phone, 70, { country });
          await w.app.sync();
          await logRow(w, stored);
          for (const spelling of [phone, id]) {
            expect(await sendNow(w, spelling)).to.include({ error: 'Frequency cap reached' });
          }
        });
      }

      it('gets one message, whichever spellings it is asked for', async () => {
        const w = world();
        w.order(phone, 70, { country });
        await w.app.sync();
        expect(await sendNow(w, `+${id}`)).to.include({ success: true });
        for (const spelling of [phone, id]) {
          expect(await sendNow(w, spelling)).to.include({ error: 'Frequency cap reached' });
        }
        expect((await messageLog(w)).map((row) => row.customerPhone)).to.deep.equal([phone]);
      });

      it('has one unfinished message', async () => {
        const w = world();
        await queueSend(w, phone);
        const again = { customer_phone: id, campaign_type: 'we_miss_you' };
        expect(await w.app.queue.dispatch(HOOKS.sendMessage, again)).to.equal(null);
      });

      it('is told that what they viewed is back', async () => {
        const w = world();
        const productId = w.shop.addProduct({ name: 'Back again', price: '10', createdAt: NOON - 300 * DAY });
        w.order(phone, 70, { country });
        await sees(w, id, productId);
        expect(await checkStock(w)).to.equal(1);
        expect(await sendDue(w)).to.deep.equal({ accepted: 1 });
        expect(await onlySend(w)).to.have.nested.property('args.args.customer_phone', phone);
      });
    });
});
