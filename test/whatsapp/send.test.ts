import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { graphErrorAnswer } from '../../src/sandbox/whatsapp/graph-error.js';
import { ACCEPTED_WITHOUT_ID } from '../../src/sandbox/whatsapp/message-endpoint.js';
import type { Fault } from '../../src/sandbox/http-faults.js';
import { createWhatsAppClient } from '../../src/whatsapp/client.js';
import { ruleFor } from '../../src/whatsapp/error-table.js';
import { loyalty, missYou, priceDrop, text, withWhatsApp } from './setup.js';

const account = { apiVersion: 'v26.0', phoneNumberId: '1', businessAccountId: '2', accessToken: 'secret-token' };

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Ends its connections too, so that a failed test leaves nothing open. */
async function closed(server: Server, sockets: Iterable<Socket> = []): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

describe('send', () => {
  it('answers accepted with the message id and its status', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      const result = await client.send(missYou, 'job:1');
      expect(result).to.deep.equal({ kind: 'accepted', messageId: meta.accepted[0]!.id, messageStatus: 'accepted' });
      expect(meta.accepted[0]).to.include({ to: '+34600111222', callbackData: 'job:1' });
    }));

  it('takes named, positional and coupon templates and text through unchanged', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      meta.openWindow(text.to);
      for (const message of [missYou, priceDrop, loyalty, text]) {
        expect(await client.send(message, 'c')).to.include({ kind: 'accepted' });
      }
      expect(meta.accepted[0]!.bodyParameters).to.deep.equal(missYou.body);
      expect(meta.accepted[1]!.bodyParameters).to.deep.equal(priceDrop.body);
      expect(meta.accepted[2]!.buttons[0]).to.deep.equal(loyalty.buttons[0]);
      expect(meta.accepted[3]!.text).to.equal('We miss you, Ana ☕');
    }));

  it('keeps a message status that is not accepted, and null where there is none', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      const answer = (message: object): Fault => ({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [message] }),
      });
      meta.faults.next(answer({ id: 'wamid.a', message_status: 'held_for_quality_assessment' }));
      meta.faults.next(answer({ id: 'wamid.b' }));
      expect(await client.send(missYou, 'c')).to.deep.equal({
        kind: 'accepted',
        messageId: 'wamid.a',
        messageStatus: 'held_for_quality_assessment',
      });
      expect(await client.send(missYou, 'c')).to.include({ messageId: 'wamid.b', messageStatus: null });
    }));

  it('answers refused for an error body with a code, whatever the HTTP status', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      for (const status of [200, 400, 429, 500, 503]) {
        meta.faults.next(graphErrorAnswer(131016, { status }));
        const result = await client.send(missYou, 'c');
        expect(result).to.include({ kind: 'refused', code: 131016, rule: ruleFor(131016), retryAfterMs: null });
      }
      expect(meta.accepted).to.be.empty;
    }));

  it('hands on how long Meta asks to wait, in seconds, as a date and in minutes', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      const usage = JSON.stringify({ '1': [{ type: 'messaging', estimated_time_to_regain_access: 19 }] });
      const asked: [Record<string, string>, number | null][] = [
        [{ 'retry-after': '120' }, 120_000],
        [{ 'retry-after': 'Sun, 22 Nov 2026 10:01:00 GMT', date: 'Sun, 22 Nov 2026 10:00:00 GMT' }, 60_000],
        [{ 'x-business-use-case-usage': usage, 'retry-after': '5' }, 19 * 60_000],
        [{ 'x-business-use-case-usage': 'no json', 'retry-after': 'soon' }, null],
      ];
      for (const [headers, wait] of asked) {
        meta.faults.next(graphErrorAnswer(80007, { status: 429, headers }));
        expect(await client.send(missYou, 'c')).to.include({ kind: 'refused', retryAfterMs: wait });
      }
    }));

  it('puts no token and no phone number into a detail', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      meta.faults.next(graphErrorAnswer(131030, { details: `to +34 600 111 222 by ${meta.accessToken}` }));
      const result = await client.send(missYou, 'c');
      expect(result).to.include({
        detail: '(#131030) An error occurred: to [number] by [token]',
      });
    }));

  it('reads error_data that is a string', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      const body = JSON.stringify({ error: { message: '(#100) Bad', code: 100, error_data: 'which field' } });
      meta.faults.next({ status: 400, headers: { 'content-type': 'application/json' }, body });
      expect(await client.send(missYou, 'c')).to.include({ code: 100, detail: '(#100) Bad: which field' });
    }));

  describe('answers unknown', () => {
    const faults: [string, Fault][] = [
      ['a bare 500', { status: 500, headers: {}, body: '' }],
      ['a bare 429', { status: 429, headers: {}, body: '' }],
      ['HTML with a 200', 'html-200'],
      ['HTML with a 500', 'html-500'],
      ['JSON cut by a broken connection', 'cut-json'],
      ['JSON cut inside a whole answer', { status: 200, headers: {}, body: '{"messages":[{"id":"wam' }],
      ['a 2xx without an id', ACCEPTED_WITHOUT_ID],
      ['a 502 that carries an id', { status: 502, headers: {}, body: '{"messages":[{"id":"wamid.a"}]}' }],
      ['an error body without a code', { status: 400, headers: {}, body: '{"error":{"message":"no"}}' }],
      ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }],
      ['a reset', 'reset'],
    ];
    for (const [name, fault] of faults) {
      for (const handled of [false, true]) {
        it(`for ${name}, ${handled ? 'after' : 'before'} acceptance, and POSTs once`, () =>
          withWhatsApp({}, async ({ meta, client }) => {
            meta.faults.next(fault, { handled });
            expect(await client.send(missYou, 'job:1')).to.include({ kind: 'unknown' });
            expect(meta.attempts).to.equal(1);
            expect(meta.accepted).to.have.lengthOf(handled ? 1 : 0);
          }));
      }
    }

    it('for a message that was accepted and never answered; it was accepted once', () =>
      withWhatsApp({ timeoutMs: 150 }, async ({ meta, client }) => {
        meta.faults.next('never', { handled: true });
        const result = await client.send(missYou, 'job:1');
        expect(result.kind).to.equal('unknown');
        expect(result)
          .to.have.property('detail')
          .that.matches(/within 0\.15 s$/);
        expect(meta.accepted.map(({ callbackData }) => callbackData)).to.deep.equal(['job:1']);
        expect(meta.attempts).to.equal(1);
      }));

    it('for a reset of a connection that was used before', () =>
      withWhatsApp({}, async ({ meta, client }) => {
        await client.send(missYou, 'c');
        meta.faults.next('reset');
        expect(await client.send(missYou, 'c')).to.include({ kind: 'unknown' });
      }));
  });

  it('waits for a slow answer', () =>
    withWhatsApp({}, async ({ meta, client }) => {
      meta.faults.next({ slow: 100 });
      expect(await client.send(missYou, 'c')).to.include({ kind: 'accepted' });
    }));

  describe('answers unreachable', () => {
    it('for a refused connection', async () => {
      const server = createServer();
      const port = await listening(server);
      await closed(server);
      const client = createWhatsAppClient({ ...account, baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 2_000 });
      expect(await client.send(missYou, 'c')).to.deep.equal({
        kind: 'unreachable',
        detail: `No answer from 127.0.0.1:${port} (ECONNREFUSED)`,
      });
    });

    it('for a failed lookup', async () => {
      const client = createWhatsAppClient({ ...account, baseUrl: 'http://no-such-host.invalid', timeoutMs: 2_000 });
      expect(await client.send(missYou, 'c')).to.include({ kind: 'unreachable' });
    });

    it('for a handshake that never ends: the request was still in memory', async () => {
      let received = '';
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on('data', (data) => (received += data.toString('latin1')));
        socket.on('error', () => undefined);
      });
      const port = await listening(server);
      const client = createWhatsAppClient({ ...account, baseUrl: `https://127.0.0.1:${port}`, timeoutMs: 200 });
      try {
        expect(await client.send(missYou, 'c')).to.include({ kind: 'unreachable' });
        expect(received).to.not.equal('').and.to.not.include('whatsapp');
      } finally {
        await closed(server, sockets);
      }
    });

    it('for a server that speaks no TLS', () =>
      withWhatsApp({}, async ({ meta }) => {
        const client = createWhatsAppClient({
          ...account,
          baseUrl: meta.baseUrl.replace('http:', 'https:'),
          timeoutMs: 2_000,
        });
        expect(await client.send(missYou, 'c')).to.include({ kind: 'unreachable' });
        expect(meta.attempts).to.equal(0);
      }));
  });
});
