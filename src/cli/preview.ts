import { Option, type Command } from 'commander';
import { CAMPAIGN_TYPES } from '../app.js';
import type { Preview } from '../jobs/preview.js';
import type { CampaignType } from '../reengagement/campaign-type.js';
import { previewLines } from './preview-lines.js';
import { createProgress } from './progress.js';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { wholeNumber } from './words.js';

interface Options extends GlobalOptions {
  readonly type?: CampaignType;
  readonly limit: string;
}

export function definePreview(program: Command, around: Surroundings): void {
  program
    .command('preview')
    .description(
      'Show who would get which message at the next daily run and the next stock check, as it would arrive, and how many get nothing and why. Nothing is written, nothing is sent, and no coupon is made.',
    )
    .addOption(new Option('--type <type>', 'only messages of this campaign type').choices(CAMPAIGN_TYPES))
    .option('--limit <count>', 'show at most so many messages of each run', '20')
    .addHelpText('after', '\nExample:\n  reengaged preview --type price_drop --limit 5')
    .action((_options, command: Command) => preview(command.optsWithGlobals<Options>(), around));
}

async function preview(options: Options, around: Surroundings): Promise<void> {
  const limit = wholeNumber('--limit', options.limit);
  await withApp(options, around, async ({ app, terminal, clock, print }) => {
    const progress = createProgress(terminal, clock, 'Looked at', 'customer');
    const found = await app.preview({ type: options.type, limit, onProgress: progress.show }).finally(progress.end);
    print(json(found), previewLines(found, options.type).join('\n'));
  });
}

function json(preview: Preview) {
  const { silent } = preview;
  return {
    at: iso(preview.at),
    enabled: preview.enabled,
    zone: preview.zone,
    orders_read_at: iso(preview.mirroredAt),
    orders_fresh: preview.mirrorIsFresh,
    inactivity_threshold: preview.inactivityThresholdDays,
    customers: preview.customers,
    inactive: preview.inactive,
    silent: {
      no_consent: silent.noConsent,
      opted_out: silent.optedOut,
      without_phone: silent.withoutPhone,
      frequency_cap: silent.capped,
      us_number: silent.usNumbers,
      template_held: silent.templateHeld,
    },
    foreign_views: preview.foreignViews,
    templates_unread: preview.templatesUnread,
    template_problems: preview.templateProblems,
    runs: preview.runs.map((run) => ({
      hook: run.hook,
      at: iso(run.at),
      send_at: iso(run.sendAt),
      planned: run.planned,
      skipped: run.skipped,
      messages: run.messages.map(({ phone, firstName, campaignType, template, text }) => ({
        phone,
        first_name: firstName,
        campaign_type: campaignType,
        template,
        text,
      })),
    })),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
