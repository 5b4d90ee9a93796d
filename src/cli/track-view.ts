import type { Command } from 'commander';
import { withApp, type GlobalOptions, type Surroundings } from './session.js';
import { wholeNumber } from './words.js';

export function defineTrackView(program: Command, around: Surroundings): void {
  program
    .command('track-view')
    .description('Note that a customer looks at a product now, with its price and stock as the shop has them.')
    .argument('<phone>', 'the number, best with plus and country code')
    .argument('<product>', "the product's id in the shop")
    .addHelpText('after', '\nExample:\n  reengaged track-view +34600111222 1042')
    .action((phone: string, product: string, _options, command: Command) =>
      trackView(phone, wholeNumber('The product', product), command.optsWithGlobals<GlobalOptions>(), around),
    );
}

async function trackView(
  phone: string,
  productId: number,
  options: GlobalOptions,
  around: Surroundings,
): Promise<void> {
  await withApp(options, around, async ({ app, print }) => {
    const view = await app.trackView(phone, productId);
    const price = view.price === null ? 'no price' : view.price;
    const what = `${view.product} (${price}, ${view.inStock ? 'in stock' : 'out of stock'})`;
    print(view, view.recorded ? `Noted: ${what}.` : `Not noted again, the last time is not long ago: ${what}.`);
  });
}
