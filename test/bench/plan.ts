import type { BenchSchema } from './database.js';
import { onGround, type Ground } from './ground.js';
import type { InsertsInput } from './inserts-child.js';
import { startJob, summary, type JobRun } from './job.js';
import { measureOnce, type Measurement } from './measured.js';
import { fillPlan, planProducts, planSize, type PlanSize } from './plan-data.js';
import { below, makeRow, median, type Bench, type BenchOptions, type Row } from './row.js';

const CUSTOMERS = 1_000_000;
const ROUNDS = 3;
/** Rows of one INSERT, as the queue writes them. */
const GROUP = 500;

export const plan: Bench = {
  name: 'plan',
  about: 'the daily job over 1,000,000 customers, 100,000 of them to be written to',
  run: (options) => onGround((ground) => run(ground, options)),
};

async function run(ground: Ground, { scale, say }: BenchOptions): Promise<Row> {
  const small = planSize((CUSTOMERS * scale) / 10);
  const smallShop = await makeShop(ground, 'small', small, say);
  const smallRuns: JobRun[] = [];
  for (let round = 0; round < ROUNDS; round++) smallRuns.push(await planOnce(ground, smallShop, small));

  const large = planSize(CUSTOMERS * scale);
  const shop = await makeShop(ground, 'large', large, say);
  const ours: JobRun[] = [];
  const bare: Measurement<unknown>[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    say(`plan: round ${round} of ${ROUNDS}`);
    ours.push(await planOnce(ground, shop, large));
    bare.push(await insertBare(shop));
  }
  const growth = perInactive(ours, large) / perInactive(smallRuns, small);
  const peakMb = Math.max(...ours.map((each) => each.peakMb));
  return makeRow({
    name: 'plan',
    unit: 's',
    runs: { ours: ours.map(seconds), bare: bare.map(seconds) },
    details: {
      goals: [
        below('under 60 s', median(ours.map(seconds)), 60),
        below('under 250 MB', peakMb, 250),
        below('an inactive customer takes at most 1.3 times as long as in a tenth', growth, 1.3),
      ],
      cpu_seconds: Math.max(...ours.map((each) => each.cpuSeconds)),
      peak_mb: peakMb,
      size: large,
      statements_per_1000_customers: ((ours[0]?.statements ?? 0) / large.targets) * 1_000,
      planned: await plannedTypes(shop),
      ours: ours.map(summary),
      bare,
      a_tenth: smallRuns.map(summary),
      database: ground.database.version,
    },
  });
}

const seconds = (each: { readonly seconds: number }) => each.seconds;

function perInactive(runs: readonly JobRun[], size: PlanSize): number {
  return median(runs.map(seconds)) / size.targets;
}

async function makeShop(ground: Ground, name: string, size: PlanSize, say: BenchOptions['say']): Promise<BenchSchema> {
  say(`plan: making ${size.customers.toLocaleString('en-US')} customers`);
  const schema = await ground.database.schema(name);
  await fillPlan(schema, size, Date.now());
  return schema;
}

async function planOnce(ground: Ground, schema: BenchSchema, size: PlanSize): Promise<JobRun> {
  await schema.query(`TRUNCATE ${schema.table('reengagement_actions')}`);
  ground.shop.has.products = planProducts(size, Date.now());
  const job = await startJob(ground, { config: ground.config(schema), task: 'wch_process_reengagement_campaigns' });
  const measured = await job.run();
  await job.end();
  // A job that plans less takes less time.
  if (measured.result !== size.targets)
    throw new Error(`The job has planned ${JSON.stringify(measured.result)} messages, and not ${size.targets}.`);
  return measured;
}

async function insertBare(schema: BenchSchema): Promise<Measurement<unknown>> {
  const input: InsertsInput = { database: schema.options, groupSize: GROUP };
  return await measureOnce('inserts-child.js', input);
}

async function plannedTypes({ query, table }: BenchSchema): Promise<Record<string, unknown>> {
  const rows = await query(`
    SELECT JSON_UNQUOTE(JSON_EXTRACT(args, '$.args.campaign_type')) AS type, COUNT(*) AS planned
    FROM ${table('reengagement_actions')} WHERE phone IS NOT NULL GROUP BY 1 ORDER BY 1`);
  return Object.fromEntries(rows.map(({ type, planned }) => [String(type), planned]));
}
