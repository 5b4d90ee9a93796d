import { expect } from 'chai';
import type { Explanation } from '../../src/jobs/explain.js';
import type { World } from '../support/world.js';
import { ANA, checkStock, plan, sendDue } from './support.js';

/** Every row of every table. */
export async function dump(w: World): Promise<unknown> {
  const tables = Object.entries(w.database.tables);
  const rows = await Promise.all(
    tables.map(async ([name, table]) => [name, await w.database.query((orm) => orm.select().from(table))] as const),
  );
  return Object.fromEntries(rows);
}

/** Explains, and sees that nothing was written. */
export async function explained(w: World, phone = ANA): Promise<Explanation> {
  const before = await dump(w);
  const explanation = await w.app.explain(phone);
  expect(await dump(w), 'explain writes nothing').to.deep.equal(before);
  return explanation;
}

/** The verdict in words. */
export async function verdict(w: World, phone = ANA): Promise<string> {
  return (await explained(w, phone)).summary.join('\n');
}

/** Both runs and what they queued, at a moment: the messages that arrived. */
export async function arrivesAt(w: World, at: number): Promise<{ to: string; template: string | undefined }[]> {
  w.clock.set(at);
  const known = w.whatsapp.accepted.length;
  await checkStock(w);
  await plan(w);
  await sendDue(w);
  return w.whatsapp.accepted.slice(known).map(({ to, template }) => ({ to, template }));
}

/** The sentences of one section. */
export function section({ sections }: Explanation, title: string): string {
  const found = sections.find((one) => one.title === title);
  if (found === undefined) throw new Error(`There is no section ${title}.`);
  return found.sentences.join('\n');
}
