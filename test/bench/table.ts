import Table from 'cli-table3';
import type { Goal, Row } from './row.js';

const HEAD = ['', 'ours', 'bare', 'ratio', 'own CPU', 'memory', 'goals'];

/** One line a row, and below the goals each with what was measured. */
export function tableOf(rows: readonly Row[]): string {
  const table = new Table({ head: HEAD, style: { head: [], border: [] } });
  for (const row of rows)
    table.push([
      row.name,
      `${figure(row.ours)} ${row.unit}`,
      `${figure(row.bare)} ${row.unit}`,
      row.ratio.toFixed(2),
      `${row.details.cpu_seconds.toFixed(1)} s`,
      `${row.details.peak_mb.toFixed(0)} MB`,
      row.met ? 'met' : 'not met',
    ]);
  return [table.toString(), ...rows.flatMap((row) => row.details.goals.map((goal) => goalLine(row, goal)))].join('\n');
}

function goalLine({ name }: Row, { text, measured, met }: Goal): string {
  return `${name}: ${text}: ${figure(measured)}, ${met ? 'met' : 'NOT MET'}`;
}

function figure(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : 1 });
}
