import type { Command } from 'commander';
import type { Surroundings } from './session.js';
import { defineViewsImport } from './views-import.js';

export function defineViews(program: Command, around: Surroundings): void {
  const views = program
    .command('views')
    .description('Bring in who looked at which product, as your own tracking noted it.')
    .addHelpText('after', '\nExample:\n  reengaged views import views.csv');
  defineViewsImport(views, around);
}
