import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createPretendWhatsApp, type PretendWhatsApp } from '../../src/sandbox/whatsapp/pretend-whatsapp.js';
import { signWebhook, type StatusError } from '../../src/sandbox/whatsapp/status-webhook.js';
import { createWhatsAppClient } from '../../src/whatsapp/client.js';
import { missYou } from '../whatsapp/setup.js';

interface Page {
  data: Record<string, unknown>[];
  paging?: { cursors: { after: string }; next?: string };
}

const closeServer = (server: Server) => new Promise((resolve) => server.close(resolve));

describe('pretend WhatsApp, account', () => {
  let meta: PretendWhatsApp;
  const receivers: Server[] = [];
  beforeEach(async () => {
    meta = await createPretendWhatsApp({ clock: { now: () => 1_751_142_888_000 } });
  });
  afterEach(async () => {
    await Promise.all([meta.close(), ...receivers.splice(0).map(closeServer)]);
  });

  async function call(path: string, body?: unknown) {
    const url = path.startsWith('http') ? path : `${meta.baseUrl}/v26.0/${path}`;
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${meta.accessToken}` },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    return response.json();
  }

  it('lists the asked fields page by page, with next only where there is more', async () => {
    const list = `${meta.businessAccountId}/message_templates?fields=name,status&limit=2`;
    const pages = [(await call(list)) as Page];
    while (pages.at(-1)!.paging?.next !== undefined) pages.push((await call(pages.at(-1)!.paging!.next!)) as Page);
    expect(pages.map(({ data }) => data.length)).to.deep.equal([2, 2, 1]);
    expect(pages[0]!.data[0]).to.have.all.keys('id', 'name', 'status');
    expect(pages.flatMap(({ data }) => data.map(({ name }) => name))).to.deep.equal([
      'we_miss_you',
      'new_arrivals',
      'back_in_stock',
      'price_drop',
      'loyalty_reward',
    ]);
  });

  it('creates a template that is pending until somebody approves it', async () => {
    const template = {
      name: 'winback',
      language: 'en',
      category: 'MARKETING',
      parameter_format: 'NAMED',
      components: [{ type: 'BODY', text: 'Hi {{first_name}}, come back.' }],
    };
    const path = `${meta.businessAccountId}/message_templates`;
    expect(await call(path, template)).to.deep.include({ status: 'PENDING', category: 'MARKETING' });
    expect(await call(path, template)).to.have.nested.property('error.code', 100);
    const message = { ...missYou, name: 'winback', body: [{ name: 'first_name', text: 'Ana' }], buttons: [] };
    const client = createWhatsAppClient({ ...meta, timeoutMs: 2_000 });
    expect(await client.send(message, 'c')).to.include({ code: 132001 });
    meta.templates.setStatus('winback', 'en', 'APPROVED');
    expect(await client.send(message, 'c')).to.include({ kind: 'accepted' });
  });

  it('refuses to create a body that begins or ends with a variable', async () => {
    const template = { name: 'a', language: 'en', category: 'MARKETING' };
    for (const text of ['{{1}} hello', 'hello {{1}}']) {
      const body = { ...template, components: [{ type: 'BODY', text }] };
      expect(await call(`${meta.businessAccountId}/message_templates`, body)).to.have.nested.property(
        'error.code',
        2388299,
      );
    }
  });

  it('tells the asked facts of the phone number', async () => {
    expect(await call(`${meta.phoneNumberId}?fields=quality_rating,throughput`)).to.deep.equal({
      id: meta.phoneNumberId,
      quality_rating: 'GREEN',
      throughput: { level: 'STANDARD' },
    });
  });

  it("signs as Meta's test vector says", () => {
    expect(signWebhook('test_app_secret', '{"object":"whatsapp_business_account","entry":[]}')).to.equal(
      'sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756',
    );
  });

  it('delivers a status signed over the escaped bytes, and answers what the receiver said', async () => {
    const received: { body: string; signature: unknown }[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request.setEncoding('latin1').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        received.push({ body, signature: request.headers['x-hub-signature-256'] });
        response.writeHead(202).end();
      });
    });
    receivers.push(receiver);
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    meta.webhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhook`;
    await createWhatsAppClient({ ...meta, timeoutMs: 2_000 }).send(missYou, 'job:42:1');
    const { id } = meta.accepted[0]!;
    const errors: StatusError[] = [{ code: 131049, title: 'no está ☕' }];

    expect(await meta.deliverStatus(id, 'failed', errors)).to.equal(202);
    expect(await meta.deliverStatus(id, 'delivered')).to.equal(202);

    const [failed, delivered] = received;
    expect(failed!.body).to.include('no est\\u00e1 \\u2615');
    expect(failed!.signature).to.equal(signWebhook(meta.appSecret, failed!.body));
    expect(JSON.parse(failed!.body)).to.deep.equal({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: meta.businessAccountId,
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '15550783881', phone_number_id: meta.phoneNumberId },
                statuses: [
                  {
                    id,
                    status: 'failed',
                    timestamp: '1751142888',
                    recipient_id: '34600111222',
                    biz_opaque_callback_data: 'job:42:1',
                    errors,
                  },
                ],
              },
            },
          ],
        },
      ],
    });
    expect(delivered!.body).to.include('"pricing":{"billable":true');
  });

  it('says so when a status is asked for a message it never took', async () => {
    const error: unknown = await meta.deliverStatus('wamid.none', 'sent').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error).with.property('message').that.includes('accepted no message');
  });

  it('closes at once although an answer is still owed', async () => {
    const own = await createPretendWhatsApp();
    own.faults.next('never', { handled: true });
    const sending = createWhatsAppClient({ ...own, timeoutMs: 60_000 }).send(missYou, 'c');
    await own.waitForAccepted(1);
    await own.close();
    expect(await sending).to.include({ kind: 'unknown' });
  });
});
