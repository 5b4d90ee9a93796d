import type { FastifyInstance } from 'fastify';
import type { Logger } from '../lib/logger.js';

export interface HealthCheck {
  readonly ok: boolean;
  /** One sentence for the operator; no secret, no phone number. */
  readonly detail?: string;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, HealthCheck>>;
}

/** GET /health: the report as JSON, with 200 when all is well and 503 when not. A check that throws counts as not well. */
export function addHealthRoute(server: FastifyInstance, health: () => Promise<HealthReport>, logger: Logger): void {
  server.get('/health', async (_request, reply) => {
    const report = await health().catch((error: unknown): HealthReport => {
      logger.error('The health check failed', { error });
      return { ok: false, checks: { health: { ok: false, detail: 'The check itself failed; the log says why.' } } };
    });
    return reply
      .code(report.ok ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(report);
  });
}
