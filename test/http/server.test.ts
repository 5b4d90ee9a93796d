import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { HealthReport } from '../../src/http/health.js';
import { startHttpServer, type HttpServer } from '../../src/http/server.js';
import { isAppError } from '../../src/lib/errors.js';
import { createLogger } from '../../src/lib/logger.js';

const GOOD: HealthReport = { ok: true, checks: { database: { ok: true } } };

describe('the HTTP listener', () => {
  const log = new PassThrough();
  const logger = createLogger({ level: 'info', format: 'json', stream: log });
  let server: HttpServer;
  let health: () => Promise<HealthReport>;
  let agent: Agent;

  beforeEach(async () => {
    health = () => Promise.resolve(GOOD);
    agent = new Agent({ keepAlive: true });
    server = await startHttpServer({ host: '127.0.0.1', port: 0, health: () => health(), logger });
  });
  afterEach(async () => {
    agent.destroy();
    await server.close();
  });

  const request = async (path: string): Promise<{ response: IncomingMessage; body: string }> => {
    const [response] = (await once(get(server.address + path, { agent }), 'response')) as [IncomingMessage];
    return { response, body: await text(response) };
  };

  it('answers GET /health with 200 and the report', async () => {
    const { response, body } = await request('/health');
    expect(response.statusCode).to.equal(200);
    expect(response.headers).to.include({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(JSON.parse(body)).to.deep.equal(GOOD);
  });

  it('answers GET /health with 503 and the report when something is not well', async () => {
    const bad: HealthReport = { ok: false, checks: { database: { ok: false, detail: 'no answer' } } };
    health = () => Promise.resolve(bad);
    const { response, body } = await request('/health');
    expect(response.statusCode).to.equal(503);
    expect(JSON.parse(body)).to.deep.equal(bad);
  });

  it('answers 503 when the check itself fails, and tells only the log why', async () => {
    health = () => Promise.reject(new Error('inner words'));
    const logged = once(log, 'data');
    const { response, body } = await request('/health');
    expect(response.statusCode).to.equal(503);
    expect(body).not.to.include('inner words');
    expect(String((await logged)[0])).to.include('inner words');
  });

  it('answers 404 elsewhere', async () => {
    expect((await request('/')).response.statusCode).to.equal(404);
  });

  it('keeps connections alive while it runs', async () => {
    expect((await request('/health')).response.headers.connection).to.equal('keep-alive');
  });

  it('closes at once when a kept-alive connection is idle', async () => {
    await request('/health');
    await server.close();
  }).timeout(2_000);

  it('answers what is under way, ends its connection, and so closes at once', async () => {
    let started: () => void = () => undefined;
    let finish: (report: HealthReport) => void = () => undefined;
    const underWay = new Promise<void>((resolve) => (started = resolve));
    health = () => {
      started();
      return new Promise((resolve) => (finish = resolve));
    };
    const answer = request('/health');
    await underWay;
    const closed = server.close();
    await refused(server.address);
    finish(GOOD);
    expect((await answer).response.headers.connection).to.equal('close');
    expect((await answer).response.statusCode).to.equal(200);
    await closed;
  }).timeout(2_000);

  it('says when its address is taken', async () => {
    const port = Number(new URL(server.address).port);
    const error: unknown = await startHttpServer({ host: '127.0.0.1', port, health, logger }).catch(
      (reason: unknown) => reason,
    );
    expect(isAppError(error, 'HTTP_ADDRESS')).to.equal(true);
    expect((error as Error).message).to.match(/^Cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
  });
});

/** Resolves when the listener takes no more connections. */
async function refused(address: string): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const probe = get(address, { agent: false }, (response) => {
        response.resume().on('end', () => {
          resolve(true);
        });
      });
      probe.on('error', () => {
        resolve(false);
      });
    });
    if (!open) return;
  }
}
