import fastify, { type FastifyInstance } from 'fastify';
import { AppError, errorMessage } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import { addHealthRoute, type HealthReport } from './health.js';

export interface HttpServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly health: () => Promise<HealthReport>;
  readonly logger: Logger;
}

export interface HttpServer {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly address: string;
  /** Answers what is under way, then stops. */
  close(): Promise<void>;
}

/** Opens the listener. Throws HTTP_ADDRESS when the address cannot be had. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = fastify({ logger: false });
  letGoOfConnections(server);
  reportErrors(server, options.logger);
  addHealthRoute(server, options.health, options.logger);
  try {
    const address = await server.listen({ host: options.host, port: options.port });
    return { address, close: () => server.close() };
  } catch (error) {
    await server.close();
    const where = `${options.host}:${options.port}`;
    throw new AppError('HTTP_ADDRESS', `Cannot listen on ${where}: ${errorMessage(error)}.`, { cause: error });
  }
}

/**
 * Idle connections are ended by fastify; one that waits for its answer while close() is called would be kept alive after it and
 * hold close() up for more than a minute, unless the answer ends it.
 */
function letGoOfConnections(server: FastifyInstance): void {
  let closing = false;
  server.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}

/** The caller is told that it failed, the log is told why. */
function reportErrors(server: FastifyInstance, logger: Logger): void {
  server.setErrorHandler<Error & { statusCode?: number }>(async (error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error('A request failed', { method: request.method, url: request.url, error });
    await reply.code(status).send({ error: status >= 500 ? 'Internal error' : error.message });
  });
}
